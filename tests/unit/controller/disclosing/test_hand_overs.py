"""The hand-over on a real fold with short periods: prepared, decided, due, delivered or given up; never too late."""

import pytest

from contract.events import AccountedFor, Means
from contract.ids import ActId, AreaId, EdgeId, Epoch, MusterPointId
from controller.domain.disclosure import Form, Recipient
from controller.domain.hand_over import Declined, HandOverError, Phase
from controller.domain.operation import Plan, Reason
from controller.domain.presence.stamp import Stamp
from controller.domain.standing_order import Addressee, Way
from controller.service.site.reference import RefusedError
from tests.unit.controller.disclosing.night import AUTHORITY, CHIEF, DEATH_S, PEOPLE, Night, certificate, rsa_key
from tests.unit.controller.kept import START_S
from tests.unit.controller.sources import at_ns

PREPARED_S, DUE_S = DEATH_S - 25, DEATH_S - 3


def addressee(name: str = "crisis-team") -> Addressee:
    return Addressee(name, Recipient.CRISIS_TEAM, Way.FOLDER, "", certificate(rsa_key()))


async def watch(night: Night, until_s: float, from_s: float = 0) -> None:
    """Let the seconds pass."""
    second = from_s
    while second <= until_s:
        night.at(second)
        await night.hand_overs.tick()
        second += 1


async def test_nobody_decides_and_every_addressee_gets_the_names_before_they_die(night: Night) -> None:
    await night.people()
    night.emergency()
    for name in ("crisis-team", "host"):
        night.order.put(AUTHORITY, addressee(name))
    await watch(night, PREPARED_S - 1)
    assert night.hand_overs.waiting() == []
    await watch(night, DUE_S - 1, PREPARED_S)
    assert [(each.persons, each.phase) for each in night.hand_overs.waiting()] == [(3, Phase.PREPARED)]
    assert "hand-over-prepared" in night.alarm_kinds()
    assert night.courier.got == {}
    await watch(night, DEATH_S + 5, DUE_S)
    assert {name: len(copies) for name, copies in night.courier.got.items()} == {"crisis-team": 1, "host": 1}
    document = night.courier.got["host"][0]
    assert (document.copy.form, document.copy.persons, document.copy.officer) == (Form.HAND_OVER, 3, None)
    assert PEOPLE[0].encode() not in document.data
    assert sorted(night.kinds("disclosure", "hand-over")) == [
        "disclosure-made", "disclosure-made", "hand-over-delivered", "hand-over-delivered",
    ]  # fmt: skip
    assert night.hand_overs._sealed == {}


async def test_people_who_left_meanwhile_are_not_on_the_list(night: Night) -> None:
    people = await night.people()
    night.emergency()
    night.order.put(AUTHORITY, addressee())
    await night.leaves(people[0], PREPARED_S + 1)
    await watch(night, DEATH_S, DUE_S)
    assert night.courier.got["crisis-team"][0].copy.persons == 2


async def test_who_is_accounted_for_where_he_was_not_seen_is_not_handed_over(night: Night) -> None:
    people = await night.people()
    operation = night.emergency()
    night.order.put(AUTHORITY, addressee())
    moment = at_ns(START_S + 5)
    phoned = AccountedFor(
        moment, ActId("a" * 24), operation, people[0], Means.PHONE, AreaId(""), MusterPointId(""), CHIEF
    )
    night.kept.movements.acts.add(phoned, START_S, Stamp(moment, EdgeId("main"), Epoch(bytes(16)), 1))
    await watch(night, DEATH_S, DUE_S)
    assert night.courier.got["crisis-team"][0].copy.persons == 2


async def test_when_all_have_left_nobody_gets_anything(night: Night) -> None:
    people = await night.people(1)
    night.emergency()
    night.order.put(AUTHORITY, addressee())
    await night.leaves(people[0], PREPARED_S + 1)
    await watch(night, DEATH_S + 2, PREPARED_S + 1)
    assert night.courier.got == {}
    assert night.kinds("hand-over") == []


@pytest.mark.parametrize("way", ["drill", "closed", "none"])
async def test_without_a_serious_open_operation_names_die_with_their_records(night: Night, way: str) -> None:
    await night.people()
    night.order.put(AUTHORITY, addressee())
    if way == "drill":
        night.drill()
    elif way == "closed":
        night.operations.close(night.emergency(), CHIEF)
    await watch(night, DEATH_S + 2, PREPARED_S)
    assert night.courier.got == {}
    assert night.kinds("disclosure", "hand-over") == []


async def test_a_commander_decides_and_the_standing_order_rests(night: Night) -> None:
    await night.people()
    night.emergency()
    night.order.put(AUTHORITY, addressee())
    night.at(PREPARED_S)
    (each,) = night.hand_overs.waiting()
    document = await night.hand_overs.decide(CHIEF, each.batch, Recipient.CRISIS_TEAM, "")
    assert document.data.startswith(b"%PDF")
    assert (document.copy.officer, document.copy.persons, document.copy.is_out) == (CHIEF, 3, False)
    await watch(night, DEATH_S, PREPARED_S)
    assert night.courier.got == {}


async def test_a_commander_can_have_a_file_and_can_decline_until_it_is_due(night: Night) -> None:
    await night.people()
    night.emergency()
    night.order.put(AUTHORITY, addressee())
    night.at(PREPARED_S)
    (each,) = night.hand_overs.waiting()
    file = await night.hand_overs.decide(CHIEF, each.batch, Recipient.HOST_COUNTRY, certificate(rsa_key()))
    assert file.name.endswith(".p7m")
    night.hand_overs.decline(CHIEF, each.batch, Declined.ALL_SAFE)
    assert night.kinds("disclosure", "hand-over") == ["disclosure-made", "hand-over-declined"]


async def test_what_was_declined_stays_so_after_a_restart(night: Night) -> None:
    await night.people()
    night.emergency()
    night.order.put(AUTHORITY, addressee())
    night.at(PREPARED_S)
    (each,) = night.hand_overs.waiting()
    night.hand_overs.decline(CHIEF, each.batch, Declined.HANDED_OVER_OTHERWISE)
    again = await night.again()
    await watch(again, DEATH_S, PREPARED_S)
    assert again.courier.got == {}
    again.close()


async def test_it_is_too_late_to_decline_when_it_is_due_and_nothing_can_be_decided_when_it_is_dead(
    night: Night,
) -> None:
    await night.people()
    night.emergency()
    night.at(DUE_S)
    (each,) = night.hand_overs.waiting()
    with pytest.raises(HandOverError, match="too late"):
        night.hand_overs.decline(CHIEF, each.batch, Declined.ALL_SAFE)
    night.at(DEATH_S)
    with pytest.raises(HandOverError, match="gone"):
        await night.hand_overs.decide(CHIEF, each.batch, Recipient.CRISIS_TEAM, "")


async def test_an_addressee_out_of_reach_is_tried_until_the_end_and_then_put_on_record(night: Night) -> None:
    await night.people()
    night.emergency()
    night.order.put(AUTHORITY, addressee())
    night.courier.fails = True
    await watch(night, DEATH_S - 1, DUE_S)
    assert night.courier.tries >= 1
    assert "hand-over-delayed" in night.alarm_kinds()
    assert night.kinds("disclosure", "hand-over") == ["disclosure-made"]
    await night.kept.sweep.run()
    tries = night.courier.tries
    night.courier.fails = False
    await watch(night, DEATH_S + 10, DEATH_S)
    assert night.courier.tries == tries
    assert night.courier.got == {}
    assert night.kinds("hand-over") == ["hand-over-failed"]
    assert "hand-over-failed" in night.alarm_kinds()


async def test_a_restart_between_entry_and_delivery_sends_the_same_copy(night: Night) -> None:
    await night.people()
    night.emergency()
    night.order.put(AUTHORITY, addressee())
    night.courier.fails = True
    night.at(DUE_S)
    await night.hand_overs.tick()
    night.courier.fails = False
    again = await night.again()
    await watch(again, DUE_S + 1, DUE_S + 1)
    assert [document.copy.number for document in again.courier.got["crisis-team"]] == [1]
    assert again.kinds("disclosure", "hand-over") == ["disclosure-made", "hand-over-delivered"]
    third = await again.again()
    await watch(third, DUE_S + 2, DUE_S + 2)
    assert len(third.courier.got["crisis-team"]) == 1
    third.close()


async def test_without_a_standing_order_it_is_said_loudly(night: Night) -> None:
    await night.people()
    night.emergency()
    await watch(night, PREPARED_S + 1, PREPARED_S)
    assert "hand-over-to-nobody" in night.alarm_kinds()


async def test_two_operations_are_two_hand_overs(night: Night) -> None:
    await night.people()
    first = night.emergency()
    night.order.put(AUTHORITY, addressee())
    second = night.operations.open_emergency(Plan.SHELTER, Reason.ARMED_ATTACK, CHIEF).id
    await watch(night, DUE_S, DUE_S)
    assert {document.copy.operation for document in night.courier.got["crisis-team"]} == {first, second}


async def test_reference_data_that_can_not_be_read_stops_nothing_and_is_tried_again(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    await night.people()
    night.emergency()
    night.order.put(AUTHORITY, addressee())

    def refuse(*_: object) -> None:
        raise RefusedError("a value of holder does not open")

    with monkeypatch.context() as broken:
        broken.setattr(night.reference, "holders", refuse)
        await watch(night, DUE_S, DUE_S)
    assert "hand-over-delayed" in night.alarm_kinds()
    assert night.courier.got == {}
    night.hand_overs._waits.clear()  # in five seconds its key would be dead
    await watch(night, DUE_S + 1, DUE_S + 1)
    assert len(night.courier.got["crisis-team"]) == 1
