"""However the demo ends, no process of it is left; and it ends in words where it can not begin."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from controller.audit.carving import readable_without_key
from tests.e2e.demo_process import LIMIT_S, DemoProcess, until
from tests.e2e.short_site import short_site
from tests.e2e.verify import verify_deletion

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SEALING_OFF = Path(__file__).parent / "sealing_off"


def test_killed_with_sealing_off_no_process_is_left_and_the_scan_finds_every_plant(tmp_path: Path) -> None:
    """The control run: if the scan missed a plant here, its silence elsewhere would prove nothing."""
    folder = tmp_path / "run"
    options = [word for name in ("state", "vault", "world") for word in (f"--{name}", str(folder / name))]
    demo = DemoProcess(folder, "--headless", "--port", "0", *options, environment={"PYTHONPATH": str(SEALING_OFF)})
    state, plants = folder / "state", folder / "world" / "plants.txt"
    try:
        demo.until_ready()
        demo.until(lambda: demo.live().events_stored >= 10, "ten events are stored")
        demo.process.kill()
        demo.process.wait()
        until(lambda: not demo.processes(), "its children are gone as well")
    finally:
        demo.end()

    verdict = verify_deletion([state], plants)
    assert not verdict.clean
    assert verdict.exit_code == 2
    numbers = range(1, len(plants.read_text().splitlines()) + 1)
    assert {hit.plant for hit in verdict.scan.hits} == set(numbers)
    for place in ("controller/reference.db", "controller/records.db", "edges/north/ring.sqlite"):
        assert [hit for hit in verdict.scan.hits if hit.file.startswith(str(state / place))], place
    assert readable_without_key(state / "controller" / "records.db") > 0
    assert not [plant for plant in plants.read_text().splitlines() if plant in verdict.printed]


def test_ctrl_c_stops_all_children_and_still_tells_the_figures(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(short_site())
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = tmp_path / "a-folder-whose-own-name-is-longer-than-the-address-of-a-socket-may-be-on-this-system" / "run"
        demo = DemoProcess(run, "--json", "--site", str(site), "--seed", "7", "--port", str(port))
        try:
            demo.until_ready()
            assert int(demo.address.rstrip("/").rsplit(":", 1)[1]) > port  # the next free one
            demo.until(lambda: demo.live().events_stored, "an event is stored")
            demo.until(lambda: " events | " in demo.err, "figures are shown")
            demo.process.send_signal(signal.SIGINT)
            assert demo.finish() == 0, demo.err
            assert demo.processes() == []
        finally:
            demo.end()
    summary = demo.summary()
    assert summary.events_journaled == summary.events_stored > 0
    # State, vault and world were not asked for, so they are gone.
    assert list((run / "temporary").iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=["Ctrl-C", "hangup"])
def test_told_while_it_starts_it_ends_at_once(tmp_path: Path, number: signal.Signals) -> None:
    demo = DemoProcess(tmp_path / "run")
    try:
        demo.until(lambda: "controller:" in demo.err, "the controller is starting")
        demo.process.send_signal(number)
        assert demo.finish() == 130
        assert demo.processes() == []
        assert demo.err.endswith("Stopped.\n")
        assert demo.out == ""
    finally:
        demo.end()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "can not be read"),
        ("[site\n", "site file"),
        ("[site]\nid = 'x'\n[retention]\nmovement_keep_s = 90000\n", "A/RES/61/263"),
        (short_site().replace('to = "grounds"', 'to = "cellar"', 1), "cellar"),
        (short_site().replace("missed_read_rate = 0.02", "missed_read_rate = 7"), "missed_read_rate"),
    ],
    ids=["missing", "no TOML", "against the law", "unknown area", "impossible rate"],
)
def test_a_wrong_site_file_ends_in_words(tmp_path: Path, text: str | None, words: str) -> None:
    site = tmp_path / "site.toml"
    if text is not None:
        site.write_text(text)
    command = [sys.executable, "-m", "sacs", "demo", "--json", "--site", str(site)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT_S)
    assert done.returncode == 1
    assert done.stdout == ""
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_of_an_earlier_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").touch()
    command = [sys.executable, "-m", "sacs", "demo", "--vault", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT_S)
    assert done.returncode == 1
    assert "earlier run" in done.stderr
