"""Records of a time to come, or of another than their key's, go where they belong and are doubtful; the pair goes."""

from pathlib import Path

import pytest

from contract.events import AccessDenied, DenialReason, PassageSnapshot
from contract.ids import AccessPointId, CameraId, Epoch
from contract.periods import Kind, Period
from controller.audit.carving import open_what_opens
from controller.domain.presence.reason import Reason
from controller.service.records.ingest import AHEAD, AHEAD_S, EXPIRED, LATE, MISDATED, REPLACED, STORED, Delivery
from controller.service.records.replacements import KEY_REPLACED
from controller.store.records import RecordStore
from controller.vault import FileVault
from tests.unit.controller.disk import bytes_below
from tests.unit.controller.kept import HALL, NORTH, RETENTION, START_S, Kept, went
from tests.unit.controller.sources import at_ns
from tests.unit.controller.whole import truth_of

EPOCH = Epoch(bytes(16))
AHEAD_BY_S = 7200.0


def period_at(second: float) -> Period:
    return RETENTION.period_at(Kind.MOVEMENT, at_ns(START_S + second))


def messages(kept: Kept) -> list[Delivery]:
    """Ann now, and Bob, Cem and Dan in two hours."""
    source = kept.source()
    return [
        Delivery(NORTH, source.batch({1: went("in", "ann", 1)})),
        Delivery(NORTH, source.batch({2: went("in", "bob", AHEAD_BY_S), 3: went("in", "cem", AHEAD_BY_S)})),
        Delivery(NORTH, source.batch({4: went("in", "dan", AHEAD_BY_S + 1)})),
    ]


async def test_what_was_sealed_to_a_time_to_come_is_kept_as_of_now_and_its_pair_replaced(tmp_path: Path) -> None:
    """The pair would live until its own limit, and with it the copies in the gate and at the broker (L4)."""
    kept = await Kept(tmp_path).begin()
    period = period_at(AHEAD_BY_S)
    sent = messages(kept)
    doomed, public = kept.vault._keys[period], kept.vault.public_key(period)
    kept.at(2)
    assert not kept.replacements.taken()
    assert await kept.ingest.take(sent) == {NORTH}
    assert doomed not in bytes_below(tmp_path)
    assert kept.vault.public_key(period) != public
    assert kept.replacements.taken()
    assert not kept.replacements.taken()
    assert [entry.facts["period_start"] for entry in kept.ledger.entries() if entry.kind == KEY_REPLACED] == [
        "2027-01-15T10:00:00+00:00"
    ]
    assert kept.known[NORTH, EPOCH].intervals() == [(1, 4)], "its gate need not send it again"
    assert (kept.ingest.totals[STORED], kept.ingest.totals[AHEAD]) == (4, 3)
    assert kept.store.figure(f"{AHEAD}/north/{START_S}", 0) == 3
    assert [(line.kind, line.gate) for line in kept.alarms.lines()] == [("clock-ahead", NORTH)]
    assert kept.movements.readable_periods_s() == [START_S]
    count = kept.movements.presence.headcount(HALL)
    assert (count.named, count.lowest, count.highest) == (4, 1, 4), "their moments are in doubt"
    assert [(cause.reason, cause.up_to) for cause in count.causes] == [(Reason.DOUBTFUL_IN, 3)]
    public = kept.vault.public_key(period)
    assert await kept.ingest.take(sent[1:]) == set()
    assert kept.vault.public_key(period) == public, "replaced once"
    before = kept.state()
    kept.close()
    again = await Kept(tmp_path, clock=kept.clock).begin()
    assert again.state() == before, "doubt included"
    kept.at(300)
    await again.sweep.run()
    assert again.movements.readable_periods_s() == []
    assert again.movements.presence.headcount(HALL).causes[0].reason is Reason.UNNAMED_INSIDE
    opened = open_what_opens([tmp_path / "state"], again.vault, RETENTION, again.clock.now_ns())
    assert (opened.opened, opened.past_limit) == (0, 0)
    again.close()


@pytest.mark.parametrize("part", [(FileVault, "replace"), (RecordStore, "replaced")], ids=["pair", "note"])
async def test_a_stop_between_keeping_the_records_and_replacing_the_pair_forgets_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: tuple[type, str]
) -> None:
    kept = await Kept(tmp_path).begin()
    period = period_at(AHEAD_BY_S)
    doomed = kept.vault._keys[period]

    def refuse(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(*part, refuse)
        await kept.ingest.take(messages(kept))
        with pytest.raises(OSError, match="Input/output"):
            await truth_of(kept).tick()
    kept.close()
    again = await Kept(tmp_path).begin()
    assert again.named() == 4
    assert await truth_of(again).tick(), "there is something to publish"
    assert doomed not in bytes_below(tmp_path)
    assert again.store.used_early() == {period: True}
    again.close()


async def test_what_is_sealed_to_a_replaced_pair_is_counted_and_does_not_hold_the_cut(tmp_path: Path) -> None:
    """A gate that was cut off when a pair was replaced goes on to seal to it: nobody will ever read that."""
    kept = await Kept(tmp_path).begin()
    offline, ahead = kept.source(epoch=b"o" * 16), kept.source()
    offline.key_of(period_at(AHEAD_BY_S))
    await kept.take(ahead, {1: went("in", "ann", AHEAD_BY_S)})
    kept.at(AHEAD_BY_S + 1)
    await truth_of(kept).tick()
    sealed = offline.batch({1: went("in", "bob", AHEAD_BY_S), 2: went("out", "bob", AHEAD_BY_S + 1)})
    assert await kept.ingest.take([Delivery(NORTH, sealed)]) == {NORTH}
    assert kept.known[NORTH, Epoch(b"o" * 16)].intervals() == [(1, 2)]
    assert (kept.ingest.totals[REPLACED], kept.ingest.totals[STORED]) == (2, 1)
    assert kept.store.figure(f"{REPLACED}/north/{START_S + int(AHEAD_BY_S)}", 0) == 2
    assert "pair-replaced" in {line.kind for line in kept.alarms.lines()}
    assert await kept.ingest.take([Delivery(NORTH, sealed)]) == set()
    await kept.take(kept.source(epoch=b"n" * 16), {1: went("in", "cem", AHEAD_BY_S + 1)})
    assert kept.named() == 1, "who hears of the new pair is read"
    kept.at(AHEAD_BY_S + 300)
    await kept.sweep.run()
    assert kept.store.used_early() == {}, "its time is over"
    kept.close()


async def test_a_stamp_of_a_time_to_come_under_a_present_key_is_no_better(tmp_path: Path) -> None:
    kept = await Kept(tmp_path).begin()
    source = kept.source()
    public = kept.vault.public_key(period_at(0))
    liar = source.batch({1: went("in", "ann", AHEAD_BY_S)}, period_at(0))
    await kept.ingest.take([Delivery(NORTH, liar)])
    await kept.take(source, {2: went("out", "ann", 1)})
    assert kept.ingest.totals[AHEAD] == 1
    assert kept.movements.readable_periods_s() == [START_S]
    assert kept.named() == 0, "her entry is as of now, and she left a second later"
    assert kept.vault.public_key(period_at(0)) == public, "a present pair is everybody's"
    kept.close()


async def test_a_record_under_a_later_key_than_that_of_its_time_dies_with_its_time(tmp_path: Path) -> None:
    kept = await Kept(tmp_path).begin()
    source = kept.source()
    kept.at(130)
    sealed = source.batch({1: went("in", "ann", 1), 2: PassageSnapshot(at_ns(START_S + 1), CameraId("c"), 1, b"jpeg")},
        period_at(120))  # fmt: skip
    await kept.ingest.take([Delivery(NORTH, sealed)])
    assert (kept.ingest.totals[MISDATED], kept.ingest.totals[STORED]) == (1, 1)
    assert kept.movements.readable_periods_s() == [START_S]
    kept.at(290)
    await kept.sweep.run()
    assert kept.movements.readable_periods_s() == []
    late = source.batch({3: went("in", "bob", 2)}, period_at(240))
    await kept.ingest.take([Delivery(NORTH, late)])
    assert kept.ingest.totals[EXPIRED] == 1
    assert {line.kind for line in kept.alarms.lines()} == {"misdated", "expired"}
    kept.close()


async def test_what_moves_nobody_is_put_where_it_belongs_too(tmp_path: Path) -> None:
    kept = await Kept(tmp_path).begin()
    denied = AccessDenied(at_ns(START_S + AHEAD_BY_S), AccessPointId("in"), DenialReason.UNKNOWN_CREDENTIAL, "card")
    await kept.take(kept.source(), {1: denied})
    assert kept.movements.readable_periods_s() == [START_S]
    assert kept.movements.presence.headcount(HALL).causes == ()
    kept.close()


async def test_a_gate_that_is_ahead_by_little_is_taken_and_counts_in_what_is_readable(tmp_path: Path) -> None:
    kept = await Kept(tmp_path).begin()
    await kept.take(kept.source(), {1: went("in", "ann", AHEAD_S)})
    assert (kept.ingest.totals[STORED], kept.ingest.totals[AHEAD], kept.ingest.totals[LATE]) == (1, 0, 0)
    assert truth_of(kept).oldest_readable_s() == AHEAD_S
    kept.close()
