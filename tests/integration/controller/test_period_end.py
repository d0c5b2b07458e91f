"""The end of a period in a whole controller: the key is gone, the bytes are gone, the count stays honest."""

from typing import Any

import pytest

from contract.events import AccessTaken
from contract.ids import AccessPointId, AreaId
from contract.periods import Kind
from contract.topics import EVENTS
from controller.audit.carving import open_what_opens
from controller.composition.assembly import Assembly
from controller.files import FolderInUseError
from controller.ledger import Ledger
from controller.live import GateState
from controller.service.alarms import Alarms
from controller.service.records.retention import DESTROYED
from controller.store.records import RecordStore
from controller.vault import FileVault
from tests.integration.controller.conftest import (
    DEATH_S,
    MAIN,
    NORTH,
    SITE,
    SOUTH,
    START_S,
    PlayedGate,
    Premises,
    at_ns,
    figures,
    until,
    went,
)
from tests.unit.controller.disk import Stopped, bytes_below

HALL = AreaId("hall")
FIRST = SITE.retention.period_at(Kind.MOVEMENT, at_ns(0))


async def fill(gate: PlayedGate) -> None:
    """Ann and Bob come in the first minute, Bob leaves in the second; Ann is not read again."""
    await gate.send({1: went("in", "ann", 1), 2: AccessTaken(at_ns(2), AccessPointId("in"), 1)}, 1)
    await gate.send({3: went("in", "bob", 3)}, 3)
    await gate.send({4: went("out", "bob", 61)}, 61)
    await until(lambda: gate.had() == [(1, 4)], "all four")


def receipts(premises: Premises, controller: Assembly) -> list[dict[str, Any]]:
    """What the ledger's file says of keys, after its chain is checked."""
    again = Ledger(premises.folder / "state" / "ledger.jsonl", MAIN, controller.ledger._signer)
    assert again.counts == controller.ledger.counts
    return [dict(entry.facts) for entry in again.entries() if entry.kind == DESTROYED]


async def test_the_key_dies_and_with_it_every_byte_that_it_opened(premises: Premises) -> None:
    async with premises.running() as controller:
        truth = controller.truth
        async with premises.gate() as gate:
            await fill(gate)
            wraps, content_key = gate.content_key(1)
            delivered = gate.batch({1: went("in", "ann", 1)}, 1)
            rows = await truth.in_store(
                lambda: [body for key_id, _ in truth.store.keys(-1) for n, body in truth.store.records(key_id) if n < 4]
            )
            private = truth.vault._keys[FIRST]
            assert len(rows) == 3
            premises.clock.advance_to(at_ns(DEATH_S) - 1)
            await truth.tick()
            assert FIRST in truth.vault.periods()
            assert truth.live(broker_connected=True).keys_destroyed == 0
            premises.clock.advance_to(at_ns(DEATH_S))
            assert await truth.tick()
            await controller.supply_gates()
            live = truth.live(broker_connected=True)
            assert (live.premises.lowest, live.premises.highest) == (0, 1)
            assert truth.movements.presence.unnamed_left(HALL) == 1, "Ann"
            assert live.keys_destroyed == 1
            assert live.oldest_readable_s == DEATH_S - 60
            assert live.oldest_readable_s < live.limit_s
            assert [(key.alive, key.rows) for key in live.keys if key.starts_at == "2027-01-15T08:00:00+00:00"] == [
                (False, 0)
            ]
            await until(lambda: FIRST not in gate.keys, "new public keys")
            store = bytes_below(premises.folder / "state")
            database = b"".join(path.read_bytes() for path in (premises.folder / "state").glob("records.db*"))
            assert not any(body in database for body in rows)
            assert wraps not in database
            assert private not in store
            assert private not in bytes_below(premises.folder / "vault")
            looking = FileVault(premises.folder / "vault", MAIN, look_only=True)
            carried = premises.folder / "carried-off"
            carried.write_bytes(delivered)
            opened = open_what_opens([premises.folder], looking, SITE.retention, premises.clock.now_ns())
            assert opened.found >= 2
            assert opened.past_limit == 0
            assert open_what_opens([carried], looking, SITE.retention, premises.clock.now_ns()).opened == 0
            await gate.publish(EVENTS, delivered)
            await gate.send({5: went("in", "cem", 70)}, 70)
            await until(lambda: gate.had() == [(1, 5)], "what comes after a replayed message of a dead period")
            assert figures(controller)["expired"] == 0, "its number is known"
        [facts] = receipts(premises, controller)
        assert (facts["period_start"], facts["rows"], facts["became_unnamed"]) == ("2027-01-15T08:00:00+00:00", 3, 1)
        before = figures(controller)
        assert content_key.name.period == FIRST
    async with premises.running() as controller:
        assert figures(controller) == before
        assert len(receipts(premises, controller)) == 1


@pytest.mark.parametrize(
    ("part", "step"),
    [(RecordStore, "apply"), (FileVault, "destroy"), (RecordStore, "clean"), (Ledger, "append")],
    ids=["forget", "key", "log", "receipt"],
)
async def test_a_stop_in_the_middle_is_finished_before_anybody_is_served(
    one_premises: Premises, monkeypatch: pytest.MonkeyPatch, part: type, step: str
) -> None:
    premises = one_premises
    async with premises.running() as controller, premises.gate() as gate:
        await fill(gate)
    premises.clock.advance_to(at_ns(DEATH_S + 70))

    def stop(*_: object, **__: object) -> None:
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(part, step, stop)
        with pytest.raises(Stopped):
            async with premises.running():
                pytest.fail("it served somebody")
    async with premises.running() as controller:
        assert [facts["rows"] for facts in receipts(premises, controller)] == [3, 1]
        assert [facts["became_unnamed"] for facts in receipts(premises, controller)] == [1, 0]
        assert FIRST not in controller.truth.vault.periods()
        live = controller.truth.live(broker_connected=True)
        assert (live.premises.lowest, live.premises.highest, live.oldest_readable_s) == (0, 1, 0)
        assert controller.truth.movements.presence.unnamed_left(HALL) == 1
        assert (live.events_stored, controller.truth.ingest.known[NORTH, gate.epoch].intervals()) == (4, [(1, 4)])


async def test_a_second_controller_on_the_same_folders_is_refused(one_premises: Premises) -> None:
    async with one_premises.running() as controller:
        before = controller.truth.vault.periods()
        with pytest.raises(FolderInUseError, match="in use"):
            async with one_premises.running():
                pytest.fail("two controllers on one vault")
        assert controller.truth.vault.periods() == before
        assert not await controller.truth.tick()


async def test_cycles_are_forgotten_when_all_gates_have_reported(one_premises: Premises) -> None:
    async with one_premises.running() as controller, one_premises.gate() as north, one_premises.gate(SOUTH) as south:
        truth = controller.truth
        await fill(north)
        rows = await truth.in_store(
            lambda: {n: body for key_id, _ in truth.store.keys(-1) for n, body in truth.store.records(key_id)}
        )
        one_premises.clock.advance_to(at_ns(200))
        await north.say(190, 4)
        await until(lambda: truth.gates.lines()[0].state is GateState.ONLINE)
        await truth.tick()
        assert truth.movements.presence.cut_ns == 0, "the other gate has not reported"
        await south.say(150, 0)
        await until(lambda: truth.gates.lines()[1].state is GateState.ONLINE)
        await truth.tick()
        database = b"".join(path.read_bytes() for path in (one_premises.folder / "state").glob("records.db*"))
        assert {n for n, body in rows.items() if body in database} == {1, 2}, "Bob has left, Ann has not"
        assert truth.live(broker_connected=True).premises.best == 1
        one_premises.clock.advance_to(at_ns(230))
        await truth.tick()
        before = figures(controller)
        assert "gate-silent" in {alarm.kind for alarm in truth.alarms.lines()}
    async with one_premises.running() as controller:
        after = figures(controller)
        assert {**after, "oldest": 0} == {**before, "oldest": 0}
        assert isinstance(controller.truth.alarms, Alarms)
        assert controller.truth.movements.presence.cut_ns > START_S * 10**9
