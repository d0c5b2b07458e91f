"""The technician's bench as a whole: a real gate and a real controller, scenes as tests, acts as commands."""

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from contract.site import parse_site
from simulators.bench import SCENES
from simulators.bench.acts import ACTS
from simulators.bench.scene import scenes_in
from tests.conftest import EFFORT, Effort
from tests.e2e.bench_process import LIMIT_S, BenchProcess, run_bench, run_sacs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SHORT = ("granted-and-taken", "fire", "network-silent", "pcscd-killed")
WITH_DOCTOR = "commissioning"
PLAYED = sorted(set(scenes_in(SCENES)) - {WITH_DOCTOR}) if EFFORT is Effort.FULL else SHORT


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BenchProcess]:
    bench = BenchProcess(tmp_path_factory.mktemp("bench"))
    assert len(bench.children) > 4
    yield bench
    assert bench.end() == 0, "Ctrl-C ends it in order"
    assert [child for child in bench.children if child.is_running()] == []
    assert not (bench.world / "bench.json").exists()


@pytest.fixture
def scene_file(tmp_path: Path) -> Path:
    """A scene that can not pass: nobody forces the door."""
    path = tmp_path / "hopeless.toml"
    path.write_text('title = "x"\n[[step]]\nact = "expect"\nevent = "forced"\nwithin_s = 0.1\n')
    return path


@pytest.mark.parametrize("scene", PLAYED)
def test_a_scene_that_comes_with_the_bench_passes(bench: BenchProcess, scene: str) -> None:
    done = bench.run("scene", "run", scene)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{scene}: passed" in done.stdout


def test_the_gate_at_the_bench_is_commissioned_with_a_hand_that_opens_its_doors(
    bench: BenchProcess, tmp_path: Path
) -> None:
    hand = bench.begin("scene", "run", WITH_DOCTOR)
    bench.until(lambda state: not state["is_gate_running"], "the gate is stopped")
    edge = bench.world / "run" / "gates" / "bench.toml"
    pcsc = {"PCSCLITE_CSOCK_NAME": str(bench.world / "run" / "pcsc" / "run" / "pcscd.comm")}
    done = run_sacs("doctor", "--edge", str(edge), "--report", str(tmp_path), environment=pcsc)
    assert done.returncode == 0, done.stdout + done.stderr
    assert hand.wait(LIMIT_S) == 0
    assert bench.ask("api/state")[1]["is_gate_running"]


def test_a_scene_that_fails_says_where_and_one_that_can_not_be_played_says_why(
    bench: BenchProcess, scene_file: Path, tmp_path: Path
) -> None:
    failed = bench.run("scene", "run", "--json", str(scene_file))
    assert failed.returncode == 1
    assert '"passed":false' in failed.stdout
    assert "step 1: expected event forced within 0.1 s" in failed.stdout
    no_scene = tmp_path / "no-scene.toml"
    no_scene.write_text("title = 'x'\n[[step]]\nact = 'fly'\n")
    not_played = bench.run("scene", "run", str(no_scene))
    assert (not_played.returncode, "no act 'fly'" in not_played.stderr) == (2, True)
    other_gate = tmp_path / "other-gate.toml"
    other_gate.write_text("title = 'x'\nneeds = ['lift']\n[[step]]\nact = 'reset'\n")
    lacking = bench.run("scene", "run", str(other_gate))
    assert (lacking.returncode, "the scene needs lift" in lacking.stderr) == (2, True)
    assert "neither a scene file nor the name of a scene" in bench.run("scene", "run", "nothing").stderr


def test_what_is_recorded_on_the_page_is_saved_listed_and_passes_again(bench: BenchProcess) -> None:
    assert bench.ask("api/acts", {"act": "reset"})[0] == 200
    assert bench.ask("api/recording", {"running": False, "name": "mine"})[0] == 409
    assert bench.ask("api/recording", {"running": True})[0] == 200
    assert bench.ask("api/recording", {"running": True})[0] == 409
    assert bench.run("act", "present", "reader=entry", "card=expired").returncode == 0
    status, said = bench.ask("api/recording", {"running": False, "name": "../mine"})
    assert (status, "can not name a scene" in said["detail"]) == (400, True)
    status, said = bench.ask("api/recording", {"running": False, "name": "mine", "title": "My own"})
    assert status == 200
    text = Path(said["saved"]).read_text()
    assert 'card = "expired"' in text
    assert 'reason = "pass-expired"' in text
    assert "mine" in bench.run("scene", "list").stdout
    assert bench.ask("api/scenes")[1]["mine"] == "My own"
    assert bench.run("scene", "run", "mine").returncode == 0


def test_acts_are_commands_and_what_can_not_be_done_is_said_in_words(bench: BenchProcess) -> None:
    listed = bench.run("act", "list").stdout
    assert [line.split()[0] for line in listed.splitlines()] == list(ACTS)
    assert bench.run("act", "tamper", "reader=entry").returncode == 0
    (entry,) = [reader for reader in bench.ask("api/state")[1]["readers"] if reader["id"] == "entry"]
    assert entry["is_tampered"]
    for words in (("tamper", "reader=lift"), ("present", "reader"), ("fly",)):
        refused = bench.run("act", *words)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "no reader 'lift'" in refused.stderr or "no KEY=VALUE" in refused.stderr or "no act" in refused.stderr
    assert bench.run("act", "reset").returncode == 0


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ({"act": "tamper", "reader": "lift"}, "no reader 'lift' at this gate; it has: entry, turn"),
        ({"act": "hold", "reader": "entry", "card": "piv"}, "wants a smart card reader"),
        ({"act": "hold", "reader": "card", "card": "staff"}, "sees smart cards alone"),
        ({"act": "hold", "reader": "entry", "card": "joker"}, "no card 'joker' in the box; it has: staff"),
        ({"act": "walk", "access_point": "outer-in"}, "nobody gets through, outer-door is locked"),
        ({"act": "tamper", "reader": "exit"}, "no OSDP reader"),
        ({"act": "rex", "portal": "turnstile"}, "no request-to-exit button"),
        ({"act": "cut-wire", "portal": "strong-door", "wire": "fire"}, "no contact 'fire'"),
        ({"act": "misbehave", "reader": "entry", "how": "rudely"}, "no misbehaviour 'rudely'; there are: well"),
        ({"act": "hold-door", "portal": "outer-door"}, "can not be held"),
        ({"act": "unplug", "line": "moon"}, "no line 'moon'"),
        ({"act": "load-state", "file": "moon"}, "no state 'moon' in"),
        ({"act": "save-state", "file": "../moon"}, "use a-z, 0-9 and hyphens"),
        ({"act": "expect", "alarm": "forced"}, "belongs into a scene"),
    ],
)
def test_what_can_not_be_done_is_said_in_words(bench: BenchProcess, act: dict[str, str], said: str) -> None:
    status, answer = bench.ask("api/acts", act)
    assert (status, said in answer["detail"]) == (409, True), answer


def test_the_trace_tells_frames_in_words_the_decision_and_what_the_controller_received(bench: BenchProcess) -> None:
    since = bench.ask("api/trace?since=0")[1][-1]["number"]
    assert bench.ask("api/acts", {"act": "present", "reader": "entry", "card": "blocked"})[0] == 200
    entries = bench.until_received("denied", since)
    words = [entry["words"] for entry in entries if entry["kind"] == "osdp"]
    assert any("1 osdp_RAW: card; reader 0: 26 bits (Wiegand)" in each for each in words)
    assert any("osdp_LED: set lights" in each for each in words)
    decision = next(entry for entry in entries if entry["kind"] == "decision")
    assert (decision["facts"]["outcome"], decision["facts"]["reason"]) == ("denied", "pass-blocked")
    assert not any(entry["is_routine"] for entry in entries)
    assert any(entry["is_routine"] for entry in bench.ask(f"api/trace?since={since}&routine=1")[1])
    assert bench.ask("api/trace?since=x")[0] == 400


def test_the_trace_is_saved_as_frames_that_can_be_looked_into_and_in_words(bench: BenchProcess, tmp_path: Path) -> None:
    assert bench.ask("api/acts", {"act": "present", "reader": "outer", "card": "blocked"})[0] == 200
    capture = tmp_path / "bus.osdpcap"
    which = bench.run("trace", "--save", str(capture))
    assert (which.returncode, "say which; OSDP lines are: bus-1, bus-2" in which.stderr) == (1, True)
    other = bench.run("trace", "--save", str(capture), "--line", "exit-line")
    assert (other.returncode, "no OSDP line 'exit-line'" in other.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []
    assert bench.run("trace", "--save", str(capture), "--line", "bus-2").returncode == 0
    assert stat.S_IMODE(capture.stat().st_mode) == 0o600
    site = parse_site((bench.world / "run" / "site.toml").read_text())
    scbk = json.loads((bench.world / "run" / "gates" / "bench.json").read_text())["scbk"]
    on_bus = [reader for reader in site.gate[0].reader if reader.device == "bus-2"]
    keys = [word for reader in on_bus for word in ("--scbk", f"{reader.address}={scbk[reader.id]}")]
    *frames, sums = map(json.loads, run_sacs("trace", "--json", str(capture), *keys).stdout.splitlines())
    assert sums["handshakes"] >= len(on_bus) > 1
    assert (sums["mac_ok"] > 0, sums["mac_bad"], sums["mac_unchecked"], sums["lines_bad"]) == (True, 0, 0, 0)
    assert {"panel", "device"} == {frame["speaker"] for frame in frames}
    assert any("card; reader 0: 26 bits" in frame["words"] for frame in frames)
    words = tmp_path / "words.jsonl"
    assert bench.run("trace", "--save", str(words)).returncode == 0
    entries = [json.loads(line) for line in words.read_text().splitlines()]
    assert {"act", "wire", "gate", "controller"} <= {entry["source"] for entry in entries}
    assert bench.run("trace", "--save", str(words), "--line", "board-line").returncode == 0
    assert {json.loads(line)["place"] for line in words.read_text().splitlines()} == {"board-line"}
    assert "no line 'moon'" in bench.run("trace", "--save", str(words), "--line", "moon").stderr
    nowhere = bench.run("trace", "--save", str(tmp_path / "no" / "where"))
    assert (nowhere.returncode, "No such file" in nowhere.stderr) == (1, True)


def test_nobody_gets_in_without_the_token_or_from_another_page(bench: BenchProcess) -> None:
    token = bench.address.token
    assert bench.ask("api/state", headers={})[0] == 401
    assert bench.ask("api/state", headers={"Authorization": "Bearer " + "x" * len(token)})[0] == 401
    assert bench.ask("api/state", headers={"Cookie": f"bench={token}"})[0] == 200
    assert bench.ask("api/state", headers={"Cookie": "bench=; ;=\x01"})[0] == 401
    elsewhere = {"Cookie": f"bench={token}", "Sec-Fetch-Site": "same-site"}
    assert bench.ask("api/acts", {"act": "reset"}, elsewhere)[0] == 403
    assert bench.ask("api/state", headers={"Authorization": f"Bearer {token}", "Host": "evil.example"})[0] == 421
    form = {"Authorization": f"Bearer {token}", "Content-Type": "text/plain"}
    assert bench.ask("api/acts", {"act": "reset"}, form)[0] == 400
    assert stat.S_IMODE((bench.world / "bench.json").stat().st_mode) == 0o600
    assert token not in (bench.world / "run" / "logs" / "bench.log").read_text()


def test_a_bench_is_found_by_its_address_as_well(bench: BenchProcess) -> None:
    assert run_bench("act", "tamper", "reader=turn", "open=false", "--at", bench.page).returncode == 0
    wrong = run_bench("act", "reset", "--at", bench.address.address)
    assert (wrong.returncode, "is not the address of a bench" in wrong.stderr) == (1, True)


def test_where_no_bench_runs_or_one_does_already_that_is_said(bench: BenchProcess, tmp_path: Path) -> None:
    none = run_bench("act", "reset", "--world", str(tmp_path))
    assert (none.returncode, "no bench runs in" in none.stderr) == (1, True)
    second = run_bench("--world", str(bench.world))
    assert (second.returncode, "a bench runs here already" in second.stderr) == (2, True)


def test_scenes_play_without_a_bench_at_one_of_their_own_and_nothing_is_left(
    tmp_path_factory: pytest.TempPathFactory, scene_file: Path
) -> None:
    world = tmp_path_factory.mktemp("own") / "world"
    before = _running(world)
    done = run_bench("scene", "run", "forced-door", str(scene_file), "--world", str(world))
    assert done.returncode == 1, done.stderr
    assert "forced-door: passed" in done.stdout
    assert "hopeless: FAILED: step 1" in done.stdout
    assert not (world / "bench.json").exists()
    assert before == _running(world) == []


def test_a_bench_begins_as_the_last_one_ended(bench: BenchProcess, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("again")  # a short name: the gate's socket has to fit below it
    (folder / "world").mkdir()
    state = folder / "world" / "state.json"
    none = run_bench("--resume", "--world", str(state.parent))
    assert (none.returncode, "no bench has left a state" in none.stderr) == (2, True)
    acts = {"unplug": {"line": "exit-line"}, "change-key": {"reader": "turn"}}
    for act, words in ({**acts, "hold": {"reader": "entry", "card": "staff"}}).items():
        assert bench.ask("api/acts", {"act": act, **words})[0] == 200
    left: dict[str, Any] = {}

    def is_kept(_: object) -> bool:
        left.update(json.loads((bench.world / "state.json").read_text()))
        return bool(left["held"])

    bench.until(is_kept, "the state is written by itself")
    assert stat.S_IMODE((bench.world / "state.json").stat().st_mode) == 0o600
    state.write_text(json.dumps(left))
    second = BenchProcess(folder, "--resume")
    devices = json.loads((second.world / "run" / "gates" / "bench.json").read_text())
    assert devices["scbk"] == left["gate"]["scbk"]
    second.until(lambda now: now["readers"][0]["is_secure"], "the reader with the right key is secure")
    now = second.ask("api/state")[1]
    readers = {reader["id"]: reader for reader in now["readers"]}
    assert readers["entry"]["held"] == "staff"
    assert not readers["turn"]["has_right_key"]
    assert [line["name"] for line in now["lines"] if not line["is_plugged_in"]] == ["exit-line"]
    assert second.end() == 0
    assert json.loads(state.read_text())["held"] == left["held"]
    state.write_text("{")
    broken = run_bench("--resume", "--world", str(state.parent))
    assert (broken.returncode, "is no state of a bench" in broken.stderr) == (2, True)
    assert bench.ask("api/acts", {"act": "reset"})[0] == 200


def _running(world: Path) -> list[psutil.Process]:
    """Every process that names a file below `world`."""
    own = os.getpid()
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != own and str(world) in " ".join(process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found
