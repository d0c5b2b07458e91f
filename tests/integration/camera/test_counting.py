"""People counted in a filmed story: by the process beside the recorder, which may die, and by command."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from typer.testing import CliRunner

from contract.site.camera import CountingLine
from edge.counting.feed import CountingFeed
from edge.counting.wire import Begin, Crossing, Packet, Sight, Stream, from_counter
from edge.domain.counting.line import Side
from process.pipe import framed
from sacs.main import app
from simulators.cameras.film import SceneShape, film
from simulators.cameras.stories import close_behind
from simulators.cameras.truth import read_truth

LINE = CountingLine((0.5, 0.94), (0.5, 0.3), person=(0.465, 0.198))
SHAPE = SceneShape(duration_s=14)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Side]]:
    made = film(tmp_path_factory.mktemp("film"), close_behind(SHAPE.duration_s, 2), SHAPE)
    return made.video, [Side(crossing.direction.value) for crossing in read_truth(made.truth).crossings]


def test_the_process_counts_over_damaged_packets_and_ends_with_its_recorder(story: tuple[Path, list[Side]]) -> None:
    video, sides = story
    assert len(sides) >= 2
    said = framed(Begin(LINE, []))
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        said += framed(Stream(stream.codec_context.name, stream.codec_context.extradata or b""))
        for number, packet in enumerate(each for each in container.demux(stream) if each.size):
            said += framed(Packet(bytes(packet), number * 100_000_000, number))
    said += framed(Packet(b"no video at all", 10**12, 1)) + framed(Stream("no codec", b"")) + framed(Packet(b"", 0, 0))
    done = subprocess.run([sys.executable, "-m", "edge.counting.main"], input=said, capture_output=True, check=True)
    reports = list(from_counter().feed(done.stdout))
    crossed = [report for report in reports if isinstance(report, Crossing)]
    assert [report.side for report in crossed for _ in range(report.persons)] == sides
    assert [report for report in reports if isinstance(report, Sight)][:2] == [Sight(True), Sight(False)]
    nonsense = subprocess.run([sys.executable, "-m", "edge.counting.main"], input=b"\xff" * 8, check=False)
    assert nonsense.returncode == 1


def test_a_counting_process_that_dies_is_started_again_and_its_recorder_hears_that_nobody_is_seen(
    story: tuple[Path, list[Side]],
) -> None:
    told: list[Crossing | Sight] = []
    feed = CountingFeed(LINE, [], told.append)
    feed.start()

    def play() -> None:
        """Play the film until something new was told, as often as it takes."""
        before, until_s = len(told), time.monotonic() + 60
        while len(told) == before:
            assert time.monotonic() < until_s
            with av.open(str(story[0])) as container:
                for packet in container.demux(video=0):
                    if packet.size:
                        feed.take(packet)
                        time.sleep(0.002)
            feed.lost()
            told[:] = [each for each in told if each != Sight(True) or feed._process is None]

    try:
        play()
        process = feed._process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        process.wait(20)
        told.clear()
        play()
        assert feed._process is not process
    finally:
        feed.stop()


def test_a_counting_process_that_hangs_is_said_at_once_and_ended(
    story: tuple[Path, list[Side]], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Crossing | Sight] = []
    feed = CountingFeed(LINE, [], told.append)
    feed.start()
    with av.open(str(story[0])) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    playing = enumerate(itertools.cycle(packets))

    def play_until(happened: Callable[[], bool]) -> None:
        until_s = time.monotonic() + 60
        while not happened():
            assert time.monotonic() < until_s
            number, packet = next(playing)
            packet.pts = number * (packet.duration or 1)  # a camera's time rises for as long as it is connected
            feed.take(packet)
            time.sleep(0.002)

    try:
        play_until(lambda: Sight(is_blind=False) in told)
        process = feed._process
        assert process is not None
        os.kill(process.pid, signal.SIGSTOP)
        monkeypatch.setattr("edge.counting.feed.HUNG_S", 0.5)  # not before: it may take longer to start
        told.clear()
        play_until(lambda: Sight(is_blind=True) in told)
        play_until(lambda: feed._process is not process)
        assert process.wait(20) == -signal.SIGKILL
    finally:
        feed.stop()


def test_the_command_tells_every_crossing_and_how_tall_it_looked(
    story: tuple[Path, list[Side]], tmp_path: Path
) -> None:
    video, sides = story
    options = ["--line", "0.5,0.94,0.5,0.3", "--person", "0.465,0.198"]
    rows = [
        json.loads(line)
        for line in CliRunner().invoke(app, ["count", str(video), *options, "--json"]).output.splitlines()
    ]
    assert [row["side"] for row in rows for _ in range(row["persons"])] == sides
    assert all(0.2 < row["height"] < 0.6 and 0 < row["place"] < 1 for row in rows)
    words = CliRunner().invoke(app, ["count", str(video), *options]).output
    assert words.splitlines()[-1] == f"to the left {sides.count(Side.LEFT)}, to the right {sides.count(Side.RIGHT)}"
    (tmp_path / "text.mp4").write_text("no video")
    for wrong in (
        ["count", str(tmp_path / "text.mp4"), *options],
        ["count", str(tmp_path / "absent.mp4"), *options],
        ["count", str(video), "--line", "0.5,0.9"],
        ["count", str(video), "--line", "0.5,0.9,0.5,0.9"],
    ):
        assert CliRunner().invoke(app, wrong).exit_code == 1
