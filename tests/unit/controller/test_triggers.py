"""What opens an emergency by itself: fires that are fresh and unanswered, alerts that are signed, new and fresh."""

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from contract.clock import NS_PER_S, to_datetime
from contract.events import FireRelease
from contract.ids import AccountId, EdgeId, PortalId
from controller.domain.alert import FRESH_S, LONGEST_BYTES, AlertError, read_alert
from controller.domain.operation import NAMES_AFTER_S, Plan, Trigger
from controller.service.operating.triggers import Triggers
from tests.unit.controller.centre import Centre

NORTH, SOUTH, DOOR = EdgeId("north"), EdgeId("south"), PortalId("door")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SOURCES = {"police": KEY.public_key()}
ONE = AccountId("1" * 24)

# A vector for whoever writes a source: private key 00 01 .. 1f, the text as it stands, and its signature.
TEXT = (
    '{"version":1,"id":"2026-0001","source":"police","plan":"lockdown","reason":"armed-attack",'
    '"issued_at":"2027-01-15T08:00:00Z"}'
)
SIGNATURE = (
    "9d945b148a2a21553d57b1b1d7df32dee2d0ef45c53eca7d16e60b67a5e501cf"
    "3b9580e1c3c5b14a8acfd438713a41379f9a2d3aa52561059d02432d1fe5da01"
)


def start(centre: Centre) -> Triggers:
    return Triggers(centre.clock, centre.operations, centre.ledger, centre.alarms, SOURCES)


@pytest.fixture
def centre() -> Centre:
    return Centre()


def fire(centre: Centre, ago_s: float = 0, *, active: bool = True) -> FireRelease:
    return FireRelease(centre.clock.now_ns() - int(ago_s * NS_PER_S), DOOR, active)


def alert(centre: Centre, ago_s: float = 0, key: Ed25519PrivateKey = KEY, **fields: object) -> bytes:
    issued = to_datetime(centre.clock.now_ns()) - timedelta(seconds=ago_s)
    content = {"version": 1, "id": "alert-0001", "source": "police", "plan": "lockdown", "reason": "armed-attack"}
    text = json.dumps(content | {"issued_at": issued.isoformat()} | fields)
    source = str(fields.get("source", "police"))
    signature = key.sign(b"\0".join((b"sacs/1/Alert", source.encode(), text.encode())))
    return json.dumps({"alert": text, "signature": signature.hex()}).encode()


def test_a_fire_opens_an_evacuation_at_once_and_names_after_a_minute(centre: Centre) -> None:
    operation = start(centre).fire(NORTH, fire(centre, 1))
    assert operation
    assert (operation.plan, operation.trigger, operation.opened_by) == (Plan.EVACUATE, Trigger.FIRE_INPUT, ())
    now_ns = centre.clock.now_ns()
    assert operation.is_open(now_ns)
    assert not operation.names_open(now_ns)
    assert operation.names_open(now_ns + NAMES_AFTER_S * NS_PER_S)
    assert centre.ledger.last["operation-opened"].facts["source"] == NORTH


def test_the_reset_of_a_fire_neither_opens_nor_closes(centre: Centre) -> None:
    triggers = start(centre)
    assert triggers.fire(NORTH, fire(centre, active=False)) is None
    assert centre.open() == []
    triggers.fire(NORTH, fire(centre))
    triggers.fire(NORTH, fire(centre, active=False))
    assert len(centre.open()) == 1


@pytest.mark.parametrize("ago_s", [FRESH_S + 1, 86_400, -FRESH_S - 1])
def test_a_fire_of_another_time_opens_nothing_and_is_an_alarm(centre: Centre, ago_s: float) -> None:
    assert start(centre).fire(NORTH, fire(centre, ago_s)) is None
    assert centre.open() == []
    assert centre.alarm_kinds() == ["late-fire"]


def test_what_happened_before_the_commander_ended_it_opens_nothing_again(centre: Centre) -> None:
    triggers = start(centre)
    operation = triggers.fire(NORTH, fire(centre))
    assert operation
    centre.wait(20)
    centre.operations.close(operation.id, ONE)
    assert triggers.fire(SOUTH, fire(centre, 5)) is None
    triggers = start(centre)
    assert triggers.fire(SOUTH, fire(centre, 5)) is None
    centre.wait(1)
    assert triggers.fire(SOUTH, fire(centre))


def test_an_alert_opens_what_it_says(centre: Centre) -> None:
    operation = start(centre).alert(alert(centre))
    assert operation
    assert (operation.plan, operation.trigger) == (Plan.LOCKDOWN, Trigger.SIGNED_ALERT)
    assert not operation.names_open(centre.clock.now_ns())
    facts = {"source": "police", "alert": "alert-0001", "plan": "lockdown"}
    assert centre.ledger.last["alert-taken"].facts == facts
    assert centre.ledger.last["operation-opened"].facts["source"] == "police"


def test_an_alert_counts_once_also_after_a_restart(centre: Centre) -> None:
    message = alert(centre)
    operation = start(centre).alert(message)
    assert operation
    centre.operations.close(operation.id, ONE)
    centre.wait(FRESH_S - 1)
    with pytest.raises(AlertError, match="came before"):
        start(centre).alert(message)
    centre.wait(2)
    with pytest.raises(AlertError, match="compare the clocks"):
        start(centre).alert(message)
    assert centre.open() == []
    assert "alert-refused" in centre.alarm_kinds()


def test_a_second_alert_for_the_same_plan_opens_nothing_more(centre: Centre) -> None:
    triggers = start(centre)
    triggers.alert(alert(centre))
    assert triggers.alert(alert(centre, id="alert-0002")) is None
    assert len(centre.open()) == 1
    assert centre.ledger.counts["alert-taken"] == 2


def test_a_full_disk_stops_no_alert(centre: Centre) -> None:
    centre.ledger.fails = True
    assert start(centre).alert(alert(centre))


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"source": "mayor"}, "not in the site file"),
        ({"key": Ed25519PrivateKey.generate()}, "signature"),
        ({"version": 2}, "another version"),
        ({"reason": "planned-drill"}, "no reason for an emergency"),
        ({"plan": "panic"}, "not an alert"),
        ({"id": "short"}, "not an alert"),
        ({"id": "a" * 65}, "not an alert"),
        ({"more": 1}, "not an alert"),
        ({"issued_at": "2027-01-15T08:00:00"}, "not an alert"),
        ({"issued_at": "0001-01-01T00:00:00+14:00"}, "not an alert"),
        ({"ago_s": FRESH_S + 1}, "compare the clocks"),
        ({"ago_s": -FRESH_S - 1}, "compare the clocks"),
    ],
)
def test_what_is_not_believed_opens_nothing(centre: Centre, fields: dict[str, Any], why: str) -> None:
    with pytest.raises(AlertError, match=why):
        start(centre).alert(alert(centre, **fields))
    assert centre.open() == []
    assert centre.alarm_kinds() == ["alert-refused"]


def test_a_changed_alert_is_not_believed(centre: Centre) -> None:
    message = alert(centre)
    with pytest.raises(AlertError, match="signature"):
        start(centre).alert(message.replace(b"lockdown", b"evacuate"))


def test_an_endless_alert_is_not_even_read(centre: Centre) -> None:
    with pytest.raises(AlertError, match="at most"):
        start(centre).alert(b" " * (LONGEST_BYTES + 1))


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_whatever_comes_has_an_answer(body: bytes) -> None:
    with pytest.raises(AlertError):
        read_alert(body, SOURCES, 0)


def test_the_vector_that_the_guide_gives() -> None:
    issued_ns = 1_800_000_000 * NS_PER_S
    body = msgspec.json.encode({"alert": TEXT, "signature": SIGNATURE})
    assert read_alert(body, SOURCES, issued_ns).plan is Plan.LOCKDOWN
    assert KEY.sign(b"sacs/1/Alert\0police\0" + TEXT.encode()).hex() == SIGNATURE
