"""The store of sealed records: all or nothing, and what is deleted is in no byte of any file."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from contract.ids import AccessPointId, AreaId, EdgeId, Epoch
from contract.periods import Kind, Period
from contract.sealing import KeyName, Wraps
from controller.domain.presence.flows import Usual
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.tallies import Tally, TallyKind
from controller.store.changes import CLOSED, CUT, Change, Closing, Group, SealedPrior
from controller.store.records import RecordStore, StoreBusyError
from tests.unit.controller.disk import bytes_below

EDGE, OTHER, EPOCH = EdgeId("north"), EdgeId("south"), Epoch(bytes(16))
PERIODS = [Period(Kind.MOVEMENT, start_s, 3600) for start_s in (3600, 7200, 10800)]


def name_of(at: int, edge: EdgeId = EDGE) -> KeyName:
    return KeyName(edge, EPOCH, PERIODS[at])


def wraps_of(at: int, edge: EdgeId = EDGE) -> bytes:
    return msgspec.msgpack.encode(Wraps(name_of(at, edge), {}, bytes(64)))


def body_of(number: int, edge: EdgeId = EDGE) -> bytes:
    return f"<sealed record {edge} {number}>".encode() * 20


def stamp_of(number: int, edge: EdgeId = EDGE) -> Stamp:
    return Stamp(0, edge, EPOCH, number)


def group(at: int, numbers: range, edge: EdgeId = EDGE, counts: dict[str, int] | None = None) -> Group:
    rows = [(wraps_of(at, edge), number, body_of(number, edge)) for number in numbers]
    known = {(edge, EPOCH): [(1, numbers[-1])]}
    return Group({wraps_of(at, edge): name_of(at, edge)}, rows, known, counts or {}, PERIODS[at].start_s)


def stored(store: RecordStore, closed_s: int = -1) -> dict[bytes, list[tuple[int, bytes]]]:
    return {wraps: store.records(key_id) for key_id, wraps in store.keys(closed_s)}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RecordStore]:
    """Three periods of ten records each."""
    with closing(RecordStore(tmp_path / "state" / "records.db")) as opened:
        for at in range(3):
            opened.commit(group(at, range(at * 10 + 1, at * 10 + 11)))
        yield opened


def test_what_was_committed_is_there_after_a_restart(store: RecordStore, tmp_path: Path) -> None:
    path = tmp_path / "state" / "records.db"
    expected = {wraps_of(at): [(n, body_of(n)) for n in range(at * 10 + 1, at * 10 + 11)] for at in range(3)}
    with closing(RecordStore(path)) as again:
        assert stored(again) == stored(store) == expected
        assert again.known() == {(EDGE, EPOCH): [(1, 30)]}
        again.commit(group(2, range(31, 33)))
        assert len(stored(again)) == 3
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_row_that_stands_stays_as_it_is(store: RecordStore) -> None:
    before = stored(store)
    store.commit(Group({wraps_of(0): name_of(0)}, [(wraps_of(0), 1, b"another")], {}, {}, 0))
    assert stored(store) == before


def test_counters_add_up_and_markers_only_rise(store: RecordStore) -> None:
    store.commit(group(0, range(1, 2), counts={"a": 2, "b": 1}))
    store.commit(group(0, range(1, 2), counts={"a": 3}))
    assert (store.figure("a", 0), store.figure("b", 0), store.figure("c", -7)) == (5, 1, -7)
    for value in (5, 9, 7):
        store.apply(Change((CUT, value)))
    assert store.figure(CUT, 0) == 9
    assert store.figure(CLOSED, -1) == -1


def test_a_group_that_fails_leaves_nothing(store: RecordStore) -> None:
    before, known = stored(store), store.known()
    bad = Group(
        {b"new": name_of(0, OTHER)},
        [(b"new", 1, b"x"), (b"unheard of", 2, b"y")],
        {(OTHER, EPOCH): [(1, 2)]},
        {"a": 1},
        0,
    )
    with pytest.raises(KeyError):
        store.commit(bad)
    assert (stored(store), store.known(), store.figure("a", 0)) == (before, known, 0)


def test_tallies_add_up(store: RecordStore) -> None:
    hall = AreaId("hall")
    store.apply(Change(None, (), [Tally(TallyKind.LEFT, hall, 3600, 2), Tally(TallyKind.UNNAMED, hall, 3600, 1)]))
    store.apply(Change(None, (), [Tally(TallyKind.LEFT, hall, 3600, 3), Tally(TallyKind.LEFT, hall, 7200, -1)]))
    assert sorted(store.tallies()) == [
        (TallyKind.UNNAMED, hall, 3600, 1, ""),
        (TallyKind.LEFT, hall, 3600, 5, ""),
        (TallyKind.LEFT, hall, 7200, -1, ""),
    ]


def test_a_deleted_record_is_in_no_byte_after_cleaning(store: RecordStore, tmp_path: Path) -> None:
    store.commit(group(0, range(1, 11), OTHER))
    assert store.apply(Change((CUT, 1), [stamp_of(3), stamp_of(15), stamp_of(99)])) == 2
    store.clean()
    everything = bytes_below(tmp_path)
    for number in (3, 15):
        assert body_of(number) not in everything
        assert body_of(number)[:25] not in everything
    for number in (2, 4, 14, 16):
        assert body_of(number) in everything
    assert body_of(3, OTHER) in everything
    assert (tmp_path / "state" / "records.db-wal").stat().st_size == 0


def test_dropped_periods_are_in_no_byte_with_their_wraps_and_priors(store: RecordStore, tmp_path: Path) -> None:
    store.apply(Change(None, (), (), [SealedPrior(stamp_of(11), name_of(1), wraps_of(1), b"<sealed prior>" * 9)]))
    assert b"<sealed prior>" in bytes_below(tmp_path)
    assert store.drop_periods(PERIODS[1].start_s) == 20
    store.clean()
    everything = bytes_below(tmp_path)
    assert not any(body_of(number)[:25] in everything for number in range(1, 21))
    assert all(body_of(number) in everything for number in range(21, 31))
    assert b"<sealed prior>" not in everything
    assert wraps_of(0) not in everything
    assert wraps_of(1) not in everything
    assert list(stored(store)) == [wraps_of(2)]
    assert store.drop_periods(PERIODS[1].start_s) == 0
    store.commit(group(2, range(31, 33)))
    assert len(stored(store)[wraps_of(2)]) == 12


def test_many_large_rows_leave_nothing_on_free_pages(tmp_path: Path) -> None:
    """Rows on overflow pages of their own, dropped at once and mixed with rows that stay."""
    with closing(RecordStore(tmp_path / "records.db")) as store:
        for at in (0, 1):
            rows = [(wraps_of(at), n, f"PLANT-{at}-{n:06}".encode() * 900) for n in range(60)]
            store.commit(Group({wraps_of(at): name_of(at)}, rows, {}, {}, 0))
        store.drop_periods(PERIODS[0].start_s)
        store.clean()
        everything = bytes_below(tmp_path)
        assert b"PLANT-0-" not in everything
        assert everything.count(b"PLANT-1-") >= 60 * 890


def test_an_open_reader_keeps_deleted_rows_in_the_log_and_this_is_said(store: RecordStore, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "state" / "records.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM record").fetchone() == (30,)
        store.apply(Change((CUT, 1), [stamp_of(3)]))
        with pytest.raises(StoreBusyError):
            store.clean()
        assert body_of(3) in bytes_below(tmp_path)
        store.commit(group(2, range(31, 32)))
        reader.execute("COMMIT")
        store.clean()
    assert body_of(3)[:25] not in bytes_below(tmp_path)


def test_a_prior_goes_with_the_record_that_it_stands_beside(store: RecordStore, tmp_path: Path) -> None:
    """No mark of a person remains when his cycle is complete (rule 7)."""
    for number, at in ((5, 0), (15, 1)):
        store.apply(
            Change(
                None, (), (), [SealedPrior(stamp_of(number), name_of(at), wraps_of(at), f"<prior {number}>".encode())]
            )
        )
    store.apply(Change((CUT, 1), [stamp_of(5)]))
    store.clean()
    assert b"<prior 5>" not in bytes_below(tmp_path)
    assert [prior for key_id, _ in store.keys(-1) for prior in store.priors(key_id)] == [(15, b"<prior 15>")]


def test_a_prior_is_replaced_and_taken_away(store: RecordStore) -> None:
    for sealed in (b"one", b"two", None):
        store.apply(Change(None, (), (), [SealedPrior(stamp_of(5), name_of(0), wraps_of(0), sealed)]))
        found = [body for key_id, _ in store.keys(-1) for _, body in store.priors(key_id)]
        assert found == ([sealed] if sealed else [])


def test_a_prior_may_come_under_a_key_that_has_no_record(store: RecordStore) -> None:
    """A gate that drew a second content key for a period: the first that is found seals the prior."""
    priors = [SealedPrior(stamp_of(n), name_of(0), b"other wraps", b"prior") for n in (1, 2)]
    store.apply(Change(None, (), (), priors))
    assert [len(store.priors(key_id)) for key_id, wraps in store.keys(-1) if wraps == b"other wraps"] == [2]
    store.drop_periods(PERIODS[0].start_s)
    assert b"other wraps" not in [wraps for _, wraps in store.keys(-1)]


def test_the_signed_name_of_a_key_says_when_its_rows_go_whatever_stands_beside_it(
    store: RecordStore, tmp_path: Path
) -> None:
    """Somebody changed the database by hand, so that rows should stay for longer."""
    with closing(sqlite3.connect(tmp_path / "state" / "records.db")) as db, db:
        db.execute("UPDATE content_key SET period_s = period_s + 864000")
    assert store.drop_periods(PERIODS[1].start_s) == 20
    assert list(stored(store)) == [wraps_of(2)]
    assert list(store.periods().values()) == [10]


def test_watermarks_and_pairs_used_early_outlive_the_program(store: RecordStore, tmp_path: Path) -> None:
    store.count_on({EDGE: 9, OTHER: 5})
    store.count_on({EDGE: 7, OTHER: 6})
    early = Group({}, [], {}, {}, 0, [PERIODS[1], PERIODS[2]])
    store.commit(early)
    store.replaced(PERIODS[1])
    with closing(RecordStore(tmp_path / "state" / "records.db")) as again:
        assert again.watermarks() == {EDGE: 9, OTHER: 6}
        assert again.used_early() == {PERIODS[1]: True, PERIODS[2]: False}
        again.commit(early)
        assert not any(again.used_early().values()), "used again"
        again.drop_periods(PERIODS[1].start_s)
        assert list(again.used_early()) == [PERIODS[2]]


def test_known_numbers_of_epochs_long_silent_are_dropped_and_named(store: RecordStore) -> None:
    store.commit(group(0, range(1, 2), OTHER))
    assert store.drop_known(PERIODS[0].start_s) == []
    assert store.drop_known(PERIODS[2].start_s) == [(OTHER, EPOCH)]
    assert list(store.known()) == [(EDGE, EPOCH)]


def test_a_closing_period_remembers_what_its_receipt_will_say(store: RecordStore, tmp_path: Path) -> None:
    store.apply(Change((CLOSED, 3600), closing=Closing(PERIODS[0], 4)))
    store.apply(Change((CLOSED, 3600), closing=Closing(PERIODS[0], 0)))
    store.apply(Change(closing=Closing(Period(Kind.VIDEO, 3600, 86400), 0)))
    assert store.drop_periods(3600) == 10
    assert store.drop_periods(3600) == 0
    store.apply(Change(gone_before={3600: (5, 1), 7200: (2, 0)}))
    store.apply(Change(gone_before={3600: (1, 2)}))
    for at_ns in (7, 9):
        store.key_gone([PERIODS[0]], at_ns)
    with closing(RecordStore(tmp_path / "state" / "records.db")) as again:
        assert again.closings() == [
            Closing(PERIODS[0], 7, 10, 7, 6),
            Closing(Period(Kind.VIDEO, 3600, 86400), 0, 0),
        ]
        again.closed(PERIODS[0])
        assert [closing_.period.kind for closing_ in again.closings()] == [Kind.VIDEO]


def test_what_is_usual_is_kept_and_replaced_and_counts_by_gate_come_back(tmp_path: Path) -> None:
    point = AccessPointId("in")
    store = RecordStore(tmp_path / "records.db")
    store.keep_usual([Usual(point, 8, 3.5, 7, 2), Usual(point, 9, 0.0, 0, 1)])
    store.keep_usual([Usual(point, 9, 1.5, 3, 2)])
    store.keep_densest({point: 5})
    store.keep_densest({point: 8})
    store.commit(group(0, range(1, 2), counts={"events_expired": 3, f"events_expired/north/{3600}": 2}))
    store.close()
    again = RecordStore(tmp_path / "records.db")
    assert set(again.usual_flows()) == {Usual(point, 8, 3.5, 7, 2), Usual(point, 9, 1.5, 3, 2)}
    assert again.densest_flows() == {point: 8}
    assert again.figures_by_gate() == {"events_expired/north/3600": 2}
    again.close()
