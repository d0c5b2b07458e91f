"""A gate whose time is ahead, behind and set again, at any moment: no recording outlives its limit.

A clock may be ahead by what a gate believes before a controller has signed the time (edge/domain/gate_clock.py); it may
be behind by anything. The limit counts from when a frame was really taken.
"""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.clock import NS_PER_S
from contract.periods import Kind, Retention
from contract.segments import read_header
from edge.recorder.recording import Recording
from edge.recorder.room import Room
from tests.unit.recorder.test_recording import Film, packets

RETENTION = Retention(movement_period_s=600, movement_keep_s=3600, video_period_s=3600, video_keep_s=14_400)
BEGIN_S = 50_000 * 3600 - 700
"""Soon another period begins."""
AHEAD_S = RETENTION.movement_period_s
STEPS = st.lists(
    st.tuples(
        st.integers(-7200, AHEAD_S) | st.integers(0, AHEAD_S),  # by how much the gate's time is ahead from now on
        st.integers(0, 3000) | st.integers(0, AHEAD_S),  # how long nothing happens before
        st.booleans(),  # whether the recorder hears of the key before the time, as both come at once
        st.integers(1, 3),  # seconds of film
    ),
    min_size=1,
    max_size=5,
)


class Gate(Film):
    """A recorder on one shelf, what the time really is, and what the recorder takes it for."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, seconds=0)
        self.true_s, self.offset_ns = float(BEGIN_S), 0
        self.recording = Recording(
            self.shelf, Room(folder, None), segment_s=4, retention=RETENTION, gate_ns=self.gate_ns
        )
        self.begun_s: dict[Path, float] = {}

    def gate_ns(self) -> int:
        return round(self.true_s * NS_PER_S) + self.offset_ns

    def set(self, ahead_s: int, *, key_first: bool) -> None:
        """The gate's time is set, and the gate tells it, with the key of its period."""
        offset_ns = ahead_s * NS_PER_S
        if key_first:
            self.give_key(RETENTION.period_at(Kind.VIDEO, self.gate_ns() - self.offset_ns + offset_ns))
        self.recording.clock_set(offset_ns - self.offset_ns, lambda: setattr(self, "offset_ns", offset_ns))
        self.give_key(RETENTION.period_at(Kind.VIDEO, self.gate_ns()))

    def film(self, seconds: int) -> None:
        """A connection: its packets come in time."""
        for packet in packets(seconds):
            self.recording.take(packet)
            for path in self.folder.glob("*.seg"):
                self.begun_s.setdefault(path, self.true_s)
            self.true_s += 0.2
        self.recording.look_after_disk(is_confirmed=True)

    def look(self) -> None:
        while True:
            left = len(self.shelf)
            self.recording.look_after_disk(is_confirmed=True)
            if len(self.shelf) == left:
                return


@settings(max_examples=40)
@given(STEPS)
def test_what_is_recorded_by_a_wrong_time_is_gone_at_its_limit(
    steps: list[tuple[int, int, bool, int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        gate = Gate(Path(folder))
        for ahead_s, passed_s, key_first, seconds in steps:
            gate.true_s += passed_s
            gate.look()
            gate.set(ahead_s, key_first=key_first)
            gate.film(seconds)
        gate.set(0, key_first=False)
        gate.recording.stop()
        for path in gate.folder.glob("*.seg"):
            with path.open("rb") as file:
                period = read_header(file).wraps.name.period
            assert abs(gate.begun_s[path] - period.start_s) <= 2 * 3600 + 7200
        for path, begun_s in sorted(gate.begun_s.items(), key=lambda each: each[1]):
            gate.true_s = max(gate.true_s, begun_s + RETENTION.video_keep_s)
            gate.look()
            assert not path.exists()
        gate.shelf.finish()
