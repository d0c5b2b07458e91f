"""Reconfirmation on a real fold: who is asked about, what an answer does, and what the auditor finds."""

import pytest

from controller.domain.reconfirmation import ReconfirmationError, Sight
from tests.unit.controller.disclosing.night import CHIEF, DEATH_S, KIM, LEE, Night

AHEAD_S = DEATH_S - 25


async def test_nobody_is_shown_before_the_time_and_one_at_a_time_after_it(night: Night) -> None:
    people = await night.people()
    night.at(AHEAD_S - 1)
    assert night.reconfirmations.next(KIM) is None
    assert night.reconfirmations.outlook(KIM).due == 0
    night.at(AHEAD_S)
    card = night.reconfirmations.next(KIM)
    assert card is not None
    assert card.placed.holder in people
    assert night.reconfirmations.next(KIM) == card
    outlook = night.reconfirmations.outlook(KIM)
    assert (outlook.due, outlook.must_wait, outlook.held_up) == (3, False, None)
    assert outlook.next_ns == night.reconfirmations.dies_ns(card.placed)


async def test_who_is_seen_lives_on_and_who_is_not_becomes_unnamed_on_time(night: Night) -> None:
    await night.people()
    night.at(AHEAD_S)
    card = night.reconfirmations.next(KIM)
    assert card is not None
    await night.reconfirmations.answer(KIM, card.id, Sight.SEEN)
    assert night.reconfirmations.outlook(KIM).due == 2
    other = night.reconfirmations.next(LEE)
    assert other is not None
    await night.reconfirmations.answer(LEE, other.id, Sight.NOT_SEEN)
    night.at(DEATH_S)
    await night.kept.sweep.run()
    assert [placed.holder for placed in night.presence.inside()] == [card.placed.holder]
    assert night.kept.movements.overstays == 2


async def test_entries_count_and_name_nobody(night: Night) -> None:
    people = await night.people()
    night.at(AHEAD_S)
    for officer, sight in ((KIM, Sight.SEEN), (KIM, Sight.NOT_SEEN)):
        card = night.reconfirmations.next(officer)
        assert card is not None
        await night.reconfirmations.answer(officer, card.id, sight)
    entries = [entry for entry in night.ledger.entries() if "reconfirmed" in entry.kind]
    assert [(entry.kind, entry.facts) for entry in entries] == [
        ("reconfirmed", {"by": KIM, "in_a_row": 1}),
        ("not-reconfirmed", {"by": KIM, "in_a_row": 2}),
    ]
    assert not any(who in str(entry) for who in people for entry in entries)


async def test_a_third_in_a_row_waits_for_another_commander_also_after_a_restart(night: Night) -> None:
    await night.people()
    night.at(AHEAD_S)
    for _ in range(2):
        card = night.reconfirmations.next(KIM)
        assert card is not None
        await night.reconfirmations.answer(KIM, card.id, Sight.SEEN)
    again = await night.again()
    with pytest.raises(ReconfirmationError, match="two in a row"):
        again.reconfirmations.next(KIM)
    assert again.reconfirmations.outlook(LEE).held_up == KIM
    with pytest.raises(ReconfirmationError, match="another commander"):
        again.reconfirmations.release(KIM)
    again.reconfirmations.release(CHIEF)
    assert again.ledger.last["reconfirmation-released"].facts == {"by": CHIEF, "account": KIM}
    assert again.reconfirmations.next(KIM) is not None
    again.close()


async def test_the_same_answer_twice_is_one(night: Night) -> None:
    await night.people()
    night.at(AHEAD_S)
    card = night.reconfirmations.next(KIM)
    assert card is not None
    for _ in range(2):
        await night.reconfirmations.answer(KIM, card.id, Sight.SEEN)
    assert night.ledger.counts["reconfirmed"] == 1
    with pytest.raises(ReconfirmationError, match="no longer yours"):
        await night.reconfirmations.answer(KIM, card.id, Sight.NOT_SEEN)
    with pytest.raises(ReconfirmationError, match="no longer yours"):
        await night.reconfirmations.answer(LEE, card.id, Sight.SEEN)


async def test_officers_are_asked_while_somebody_expires_and_unanswered_cards_count(night: Night) -> None:
    await night.people(1)
    night.reconfirmations.tick()
    assert night.alarm_kinds() == []
    night.at(AHEAD_S)
    night.reconfirmations.tick()
    night.reconfirmations.tick()
    assert night.alarm_kinds() == ["reconfirmation-asked"]
    assert night.reconfirmations.next(KIM) is not None
    night.at(AHEAD_S + 120)
    night.reconfirmations.tick()
    assert night.ledger.counts["not-reconfirmed"] == 1


async def test_a_card_shows_nobody_whose_record_has_died_and_brings_nobody_back(night: Night) -> None:
    """A card may be held for longer than its record lives: the name goes with the key (L4)."""
    await night.people(1)
    night.at(DEATH_S - 1)
    card = night.reconfirmations.next(KIM)
    assert card is not None
    assert night.reconfirmations.held(KIM) == card
    night.at(DEATH_S)
    await night.kept.sweep.run()
    assert night.reconfirmations.held(KIM) is None
    with pytest.raises(ReconfirmationError, match="no longer yours"):
        await night.reconfirmations.answer(KIM, card.id, Sight.SEEN)
    assert night.kept.named() == 0
    assert night.ledger.counts["not-reconfirmed"] == 1, "an answer that never came, as any other"
    assert night.ledger.counts["reconfirmed"] == 0


async def test_no_mark_of_who_was_asked_about_outlives_the_record(night: Night) -> None:
    await night.people(2)
    night.at(AHEAD_S)
    first = night.reconfirmations.next(KIM)
    assert first is not None
    await night.reconfirmations.answer(KIM, first.id, Sight.NOT_SEEN)
    assert night.reconfirmations.next(KIM) is not None
    night.at(DEATH_S)
    await night.kept.sweep.run()
    night.reconfirmations.tick()
    assert (night.reconfirmations._deck._out, night.reconfirmations._deck._not_seen) == ({}, {})


async def test_without_an_entry_nobody_is_reconfirmed(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    await night.people(1)
    night.at(AHEAD_S)
    card = night.reconfirmations.next(KIM)
    assert card is not None

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr(night.ledger, "append", refuse)
    with pytest.raises(OSError, match="full"):
        await night.reconfirmations.answer(KIM, card.id, Sight.SEEN)
    assert night.reconfirmations.outlook(KIM).due == 1
