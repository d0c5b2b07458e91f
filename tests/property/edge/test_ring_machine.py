"""The ring over arbitrary lives: appends, refused commits, kills, restarts, the death of keys.

A kill is a copy of file and write-ahead log as they stand, opened elsewhere: what the next process would find. The
reference keeps what was committed and not dead; and every byte of every dead record must be gone from disk, also of
those that gave way to others before their key died.
"""

import secrets
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contract.ids import Epoch, new_epoch
from edge.ring_file import JOURNALED, RecordKind, RingFile, SealedKey, SealedRecord

PERIOD_S, KEEP_S = 100, 500


class RingLife(RuleBasedStateMachine):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="ring-"))
        self.lives = 0
        self.now_s = 0
        self.journaled = 0
        self.alive: dict[tuple[Epoch, int], tuple[bytes, int, RecordKind]] = {}
        self.dead: list[bytes] = []
        self.gave_way: list[tuple[bytes, int]] = []

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.ring.close()
        shutil.rmtree(self.root)

    @property
    def folder(self) -> Path:
        return self.root / str(self.lives)

    @initialize()
    def start(self) -> None:
        self.lives += 1
        self.epoch = new_epoch()
        self.next_number = 1
        self.keys: dict[int, SealedKey] = {}
        self.ring = RingFile(self.folder / "ring", self.epoch)

    def expire(self) -> None:
        deleted = self.ring.delete_dead(self.now_s)
        gone = [name for name, (_, dies_at_s, _) in self.alive.items() if dies_at_s <= self.now_s]
        assert deleted == len(gone)
        self.dead += [self.alive.pop(name)[0] for name in gone]
        self.dead += [body for body, dies_at_s in self.gave_way if dies_at_s <= self.now_s]

    @rule(sizes=st.lists(st.integers(40, 6000), min_size=1, max_size=12), kind=st.sampled_from(RecordKind))
    def append(self, sizes: list[int], kind: RecordKind) -> None:
        period = self.now_s // PERIOD_S
        key = self.keys.setdefault(period, SealedKey(secrets.token_bytes(60), period * PERIOD_S + KEEP_S))
        records = [
            SealedRecord(self.next_number + place, kind, key, secrets.token_bytes(size))
            for place, size in enumerate(sizes)
        ]
        events = len(records) if kind is RecordKind.EVENT else 0
        self.ring.append(records, {}, events)
        self.next_number += len(records)
        self.journaled += events
        self.alive |= {(self.epoch, r.number): (r.body, key.dies_at_s, kind) for r in records}

    @rule(seconds=st.integers(1, 300))
    def wait(self, seconds: int) -> None:
        self.now_s += seconds
        self.expire()

    @rule(seconds=st.integers(0, 700))
    def kill_and_restart(self, seconds: int) -> None:
        left = self.folder
        self.lives += 1
        shutil.copytree(left, self.folder)
        self.ring.close()
        shutil.rmtree(left)
        self.lives -= 1
        self.now_s += seconds
        self.start()
        self.expire()

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def make_room(self, data: st.DataObject) -> None:
        order = [extent.epoch for extent in self.ring.extents()]
        stored = {epoch: data.draw(st.integers(0, 20)) for epoch in order}
        most = data.draw(st.integers(1, 10))
        names = sorted(self.alive, key=lambda name: (order.index(name[0]), name[1]))
        gone = [name for name in names if name[1] <= stored[name[0]]][:most]
        assert self.ring.delete_oldest(stored, most) == len(gone)
        self.gave_way += [self.alive.pop(name)[:2] for name in gone]

    @invariant()
    def holds_what_was_committed_and_no_more(self) -> None:
        for kind in RecordKind:
            found = {
                (stored.epoch, stored.number): stored.body
                for extent in self.ring.extents()
                for stored in self.ring.read(
                    extent.epoch, extent.first, extent.last, kind, most=10**6, most_bytes=10**9
                )[0]
            }
            assert found == {name: body for name, (body, _, of) in self.alive.items() if of is kind}
        assert (self.ring.read_state(JOURNALED) or 0) == self.journaled

    @invariant()
    def numbers_have_no_gap(self) -> None:
        for extent in self.ring.extents():
            numbers = sorted(number for epoch, number in self.alive if epoch == extent.epoch)
            assert numbers == list(range(extent.first, extent.last + 1))

    @invariant()
    def the_dead_left_no_byte(self) -> None:
        left = b"".join(file.read_bytes() for file in self.folder.iterdir())
        assert not any(body[-30:] in left for body in self.dead)


RingLife.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestRingLife = RingLife.TestCase
