"""From a gate's wire to the figures: stored once, answered, counted by what was wrong, and the same after a restart."""

import sqlite3
from pathlib import Path

import pytest

from contract.events import AccessTaken, DoorForced, ExitRequested, PassageSnapshot
from contract.ids import AccessPointId, CameraId, PortalId
from contract.messages import SealedBatch, decode_batch, encode
from contract.signing import sign
from contract.topics import EVENTS, HEALTH, SNAPSHOTS
from controller.audit.carving import readable_without_key
from controller.audit.plants import PlantSearch
from tests.integration.controller.conftest import (
    NORTH,
    PLANTS,
    SOUTH,
    START_S,
    Premises,
    at_ns,
    figures,
    until,
    went,
)


async def test_events_are_stored_once_folded_and_answered(premises: Premises) -> None:
    async with premises.running() as controller:
        async with premises.gate() as gate:
            await until(lambda: gate.time_ns == START_S * 10**9, "signed time")
            await gate.send({1: went("in", "ann", 1), 2: AccessTaken(at_ns(2), AccessPointId("in"), 1)}, 1)
            await gate.send({3: went("in", "bob", 3), 5: DoorForced(at_ns(4), PortalId("door"))}, 3)
            await until(lambda: gate.had() == [(1, 3), (5, 5)], "have with the gap")
            await gate.send({4: went("in", "cem", 3.5), 3: went("in", "bob", 3)}, 3)
            picture = gate.batch({6: PassageSnapshot(at_ns(5), CameraId("c"), 1, b"\xff\xd8")}, 3)
            await gate.publish(SNAPSHOTS, picture)
            await until(lambda: gate.had() == [(1, 6)], "have without a gap")
            await gate.send({7: ExitRequested(at_ns(5), PortalId("door"))}, 3)
            await until(lambda: gate.had() == [(1, 7)], "have of an exit")
            await gate.say(5, 7)
            await until(lambda: controller.truth.gates.journaled() == 7, "health")
        live = controller.truth.live(broker_connected=True)
        assert (live.premises.lowest, live.premises.best, live.premises.highest) == (3, 3, 3)
        assert (live.events_stored, live.events_duplicate) == (6, 1), "a picture is no event"
        assert ("forced", "north", "door") in {(alarm.kind, alarm.gate, alarm.place) for alarm in live.alarms}
        told = {(line.gate, line.kind): line.count for line in live.received}
        everywhere = {("", "granted"): 3, ("", "taken"): 1, ("", "snapshot"): 1, ("", "rex"): 1}
        assert told == {**everywhere, ("north", "forced"): 1}, "no gate's passages tell of the area behind it"
        assert not controller.truth.ingest.refused
        before = figures(controller)
        assert before["known"] == {(NORTH, b"e" * 16): [(1, 7)]}
    assert readable_without_key(premises.folder / "state" / "records.db") == 0
    search = PlantSearch((*PLANTS, "ann" + "0" * 21, "bob" + "0" * 21))
    assert not search.scan([premises.folder / "state", premises.folder / "vault"]).hits
    async with premises.running() as controller:
        assert figures(controller) == before
        async with premises.gate(epoch=b"f" * 16) as gate:
            await until(
                lambda: gate.have is not None and gate.have.known == {b"e" * 16: [(1, 7)]}, "have after a restart"
            )
            await gate.send({1: went("out", "ann", 20)}, 20)
            await until(lambda: gate.had() == [(1, 1)], "have of the second run")
        assert controller.truth.live(broker_connected=True).premises.best == 2


async def test_what_is_wrong_is_refused_and_counted_by_kind_and_the_rest_is_taken(premises: Premises) -> None:
    async with premises.running() as controller:
        refused = controller.truth.ingest.refused
        async with premises.gate() as north, premises.gate(SOUTH) as south:
            batch = decode_batch(north.batch({1: went("in", "ann", 1)}, 1))
            _, sealed = batch.records[0]
            await south.publish(EVENTS, encode(batch))
            await until(lambda: refused["ForeignSourceError"] == 1)
            await north.client.publish(EVENTS.of(site="here", edge=NORTH), b"unpaced", qos=0)
            await until(lambda: refused["UnpacedDeliveryError"] == 1, "to acknowledge it would end the connection")
            await north.publish(EVENTS, b"rubbish")
            await north.publish(EVENTS, encode(SealedBatch(1, batch.key, [(-1, sealed)])))
            await until(lambda: refused["BadBatchError"] == 2)
            await north.publish(EVENTS, encode(SealedBatch(1, b"rubbish", batch.records)))
            await until(lambda: refused["BadWrapsError"] == 1)
            forged = bytearray(batch.key)
            forged[-1] ^= 1
            await north.publish(EVENTS, encode(SealedBatch(1, bytes(forged), batch.records)))
            await until(lambda: refused["BadSignatureError"] == 1)
            records = [(2, sealed), (3, sealed[:5]), (1, sealed)]
            await north.publish(EVENTS, encode(SealedBatch(1, batch.key, records)))
            await until(lambda: refused["RecordRefusedError"] == refused["TruncatedRecordError"] == 1)
            await until(lambda: north.had() == [(1, 1)], "the good record among bad ones")
            wraps, key = north.content_key(1)
            await north.publish(EVENTS, encode(SealedBatch(1, wraps, [(4, key.seal(4, b"no event"))])))
            await until(lambda: refused["BadEventError"] == 1)
            example = HEALTH.example
            await south.publish(HEALTH, sign(example, "north", north.enrolment.signer()))
            await south.publish(HEALTH, sign(example, "south", south.enrolment.signer()))
            await south.publish(HEALTH, sign(example, "north", south.enrolment.signer()))
            await south.publish(HEALTH, b"rubbish")
            await until(lambda: refused["SignatureError"] == 2, "health of another gate")
            await until(lambda: refused["BadSignatureError"] == 2, "forged health")
            await until(lambda: refused["BadMessageError"] == 1, "no health")
            await south.say(1, 0, version=2)
            await until(lambda: refused["BadMessageError"] == 2, "health of another version")
            assert controller.truth.gates.journaled() == 0
            assert controller.link.connected
            await north.send({2: went("in", "bob", 2)}, 2)
            await until(lambda: north.had() == [(1, 2), (4, 4)], "it goes on, and what says nothing is not asked for")
        live = controller.truth.live(broker_connected=True)
        assert (live.events_stored, live.premises.best) == (2, 2)
        assert {alarm.kind for alarm in live.alarms} == {"refused-message"}


async def test_what_is_late_or_expired_is_counted_and_known_but_not_kept(premises: Premises) -> None:
    async with premises.running() as controller:
        async with premises.gate() as north, premises.gate(SOUTH) as south:
            await north.send({1: went("in", "ann", 1)}, 1)
            await until(lambda: north.had() == [(1, 1)])
            premises.clock.advance_to(at_ns(120))
            await north.say(110, 1)
            await south.say(110, 0)
            await until(
                lambda: all(controller.truth.gates.lines()[at].last_heard_at for at in (0, 1)), "health of both"
            )
            await controller.truth.tick()
            assert controller.truth.movements.presence.cut_ns == at_ns(50)
            await north.send({2: went("out", "ann", 50)}, 50)
            await north.send({3: went("out", "ann", 51)}, 51)
            await until(lambda: north.had() == [(1, 3)], "the late one is known as well")
            assert figures(controller)["late"] == 1
            assert controller.truth.live(broker_connected=True).premises.best == 0
            held_back = north.batch({4: went("in", "bob", 10), 5: went("in", "bob", 11)}, 10)
            premises.clock.advance_to(at_ns(290))
            await controller.truth.tick()
            await north.publish(EVENTS, held_back)
            await north.publish(EVENTS, held_back)
            await until(lambda: north.had() == [(1, 5)], "the expired ones are known as well")
            await until(lambda: figures(controller)["expired"] == 2)
        assert controller.truth.store is not None
        by_gate = await controller.truth.in_store(
            lambda: controller.truth.store.figure(f"events_expired/north/{START_S}", 0)
        )
        assert by_gate == 2
        assert figures(controller)["stored"] == 2
        before = figures(controller)
    async with premises.running() as controller:
        assert figures(controller) == before


async def test_a_full_disk_loses_nothing_and_nothing_is_promised_meanwhile(premises: Premises) -> None:
    async with premises.running() as controller:
        truth = controller.truth

        def limit(pages: int) -> None:
            truth.store._db.execute(f"PRAGMA max_page_count = {pages}").close()

        async with premises.gate() as gate:
            await gate.send({1: went("in", "ann", 1)}, 1)
            await until(lambda: gate.had() == [(1, 1)])
            await truth.in_store(lambda: limit(1))
            jpeg = bytes(200_000)
            await gate.send({2: PassageSnapshot(at_ns(2), CameraId("c"), 1, jpeg), 3: went("in", "bob", 3)}, 1)
            await until(lambda: "store-failed" in {line.kind for line in truth.alarms.lines()}, "the alarm")
            gate.have = None
            await gate.say(3, 3)
            controller.link._owed.add(NORTH)
            await until(lambda: gate.have is not None)
            assert gate.had() == [(1, 1)], "what is not on disk is not promised"
            assert truth.live(broker_connected=True).premises.best == 1
            await truth.in_store(lambda: limit(1_000_000))
            await until(lambda: gate.had() == [(1, 3)], "it went on")
        before = figures(controller)
        assert before["premises"].best == 2
    async with premises.running() as controller:
        assert figures(controller) == before


async def test_a_damaged_file_of_records_is_an_error_in_words(one_premises: Premises, tmp_path: Path) -> None:
    async with one_premises.running():
        pass
    (tmp_path / "state" / "records.db").write_bytes(b"this is no database" * 300)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        async with one_premises.running():
            pass
