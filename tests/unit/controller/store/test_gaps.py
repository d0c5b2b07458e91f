"""Deleted rows whose copies SQLite left in the gaps of pages: `secure_delete` alone does not take them away."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.ids import EdgeId, Epoch
from contract.periods import Kind, Period
from contract.sealing import KeyName
from controller.domain.presence.stamp import Stamp
from controller.store.changes import CUT, Change, Group
from controller.store.records import RecordStore
from tests.unit.controller.disk import bytes_below

EPOCH = Epoch(bytes(16))
GATES = [EdgeId(f"gate-{n}") for n in range(4)]
PERIOD = Period(Kind.MOVEMENT, 3600, 3600)
ROUNDS = 60


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RecordStore]:
    opened = RecordStore(tmp_path / "state" / "records.db")
    yield opened
    opened.close()


def test_no_copy_of_a_deleted_row_stays_in_a_gap(store: RecordStore, tmp_path: Path) -> None:
    chance = random.Random(1)
    standing: dict[tuple[EdgeId, int], bytes] = {}
    number = 0
    for round_ in range(ROUNDS):
        rows = []
        for _ in range(40):
            number += 1
            gate, body = chance.choice(GATES), os.urandom(chance.choice([90, 140, 200, 350]))
            standing[gate, number] = body
            rows.append((f"wraps of {gate}".encode(), number, body))
        keys = {f"wraps of {gate}".encode(): KeyName(gate, EPOCH, PERIOD) for gate in GATES}
        store.commit(Group(keys, rows, {}, {}, 0))
        leaving = chance.sample(sorted(standing), max(0, min(38, len(standing) - 20)))
        store.apply(Change((CUT, round_), [Stamp(0, gate, EPOCH, number) for gate, number in leaving]))
        gone = [standing.pop(place) for place in leaving]
        assert store.clean(at_once=True)
        everything = bytes_below(tmp_path)
        assert not [
            body for body in gone if any(body[at : at + 16] in everything for at in range(0, len(body) - 16, 16))
        ]
    assert all(body in everything for body in standing.values())


def test_the_file_rests_between_rebuilds_and_says_that_gaps_wait(store: RecordStore) -> None:
    assert store.clean()
    store.apply(Change((CUT, 1), [Stamp(0, GATES[0], EPOCH, 1)]))
    assert not store.clean()
    assert store.clean(at_once=True)
    assert store.clean()
