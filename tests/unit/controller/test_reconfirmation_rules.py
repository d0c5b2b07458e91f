"""One card at a time, no list, and nobody keeps records alive alone."""

import pytest

from contract.ids import AccountId, AreaId, HolderId
from contract.periods import DAY_S
from controller.domain.presence.chain import Evidence
from controller.domain.presence.fold import Placed
from controller.domain.reconfirmation import (
    CARD_FOR_S,
    NOT_AGAIN_FOR_S,
    Deck,
    ReconfirmationError,
    Sight,
    Turns,
    ahead_s,
)

KIM, LEE, CHIEF = AccountId("kim"), AccountId("lee"), AccountId("chief")
NS = 10**9


def placed(holder: str, period_s: int = 0) -> Placed:
    return Placed(HolderId(holder), AreaId("hall"), period_s, Evidence.TAKEN)


ANN, BOB = placed("ann"), placed("bob", 3600)


def test_it_may_begin_later_than_two_hours_before_the_end_and_never_earlier() -> None:
    assert ahead_s(DAY_S, 7200) == 7200
    assert ahead_s(DAY_S, 600) == 600
    assert ahead_s(DAY_S, 10**6) == 7200
    assert ahead_s(300, 7200) == 25


def test_the_next_to_expire_comes_first_and_the_same_card_until_it_is_answered() -> None:
    deck = Deck()
    card = deck.next(KIM, [BOB, ANN], Turns(), 0, "c1")
    assert card is not None
    assert card.placed == ANN
    assert deck.next(KIM, [BOB, ANN], Turns(), 5, "c2") is card
    assert "ann" not in repr(card)


def test_two_officers_never_have_the_same_person() -> None:
    deck = Deck()
    deck.next(KIM, [ANN], Turns(), 0, "c1")
    assert deck.next(LEE, [ANN], Turns(), 0, "c2") is None


def test_only_the_card_that_one_has_can_be_answered_and_once() -> None:
    deck = Deck()
    deck.next(KIM, [ANN, BOB], Turns(), 0, "c1")
    for officer, card_id in ((LEE, "c1"), (KIM, "c2")):
        with pytest.raises(ReconfirmationError, match="no longer yours"):
            deck.answer(officer, card_id, Sight.SEEN, 1)
    assert deck.answer(KIM, "c1", Sight.SEEN, 1) == ANN
    with pytest.raises(ReconfirmationError):
        deck.answer(KIM, "c1", Sight.SEEN, 1)


def test_who_was_not_seen_does_not_come_again_at_once_but_comes_to_others() -> None:
    deck = Deck()
    deck.next(KIM, [ANN], Turns(), 0, "c1")
    deck.answer(KIM, "c1", Sight.NOT_SEEN, 0)
    assert deck.next(KIM, [ANN], Turns(), NOT_AGAIN_FOR_S * NS - 1, "c2") is None
    assert deck.next(LEE, [ANN], Turns(), 1, "c3") is not None
    again = deck.next(KIM, [ANN], Turns(), NOT_AGAIN_FOR_S * NS, "c4")
    assert again is None  # Lee has the card
    deck.answer(LEE, "c3", Sight.NOT_SEEN, 2)
    assert deck.next(KIM, [ANN], Turns(), NOT_AGAIN_FOR_S * NS, "c4") is not None


def living(_: Placed) -> bool:
    return False


def test_a_card_that_nobody_answers_is_taken_back() -> None:
    deck = Deck()
    card = deck.next(KIM, [ANN], Turns(), 0, "c1")
    assert deck.lapsed(CARD_FOR_S * NS - 1, living) == []
    assert deck.lapsed(CARD_FOR_S * NS, living) == [card]
    with pytest.raises(ReconfirmationError):
        deck.answer(KIM, "c1", Sight.SEEN, CARD_FOR_S * NS)
    assert deck.next(LEE, [ANN], Turns(), CARD_FOR_S * NS, "c2") is not None


def test_a_card_dies_with_the_record_that_it_shows() -> None:
    deck = Deck()
    card = deck.next(KIM, [ANN], Turns(), 0, "c1")
    other = deck.next(LEE, [ANN, BOB], Turns(), 0, "c2")
    assert deck.lapsed(1, lambda placed: placed == ANN) == [card]
    assert deck.held(KIM) is None
    assert deck.held(LEE) == other
    with pytest.raises(ReconfirmationError, match="no longer yours"):
        deck.answer(KIM, "c1", Sight.SEEN, 1)


def test_a_card_goes_when_its_person_has_gone_or_moved() -> None:
    deck = Deck()
    deck.next(KIM, [ANN, BOB], Turns(), 0, "c1")
    card = deck.next(KIM, [BOB], Turns(), 1, "c2")
    assert card is not None
    assert card.placed == BOB
    deck.answer(KIM, "c2", Sight.NOT_SEEN, 1)
    deck.next(KIM, [], Turns(), 2, "c3")
    assert deck._not_seen == {}  # no mark of anybody whose record is gone


def test_after_two_in_a_row_another_must_go_on_or_another_commander_release() -> None:
    turns = Turns().answered(KIM)
    assert not turns.wait(KIM)
    turns = turns.answered(KIM)
    assert turns.wait(KIM)
    assert not turns.wait(LEE)
    assert not turns.answered(LEE).wait(KIM)
    with pytest.raises(ReconfirmationError, match="two in a row"):
        Deck().next(KIM, [ANN], turns, 0, "c1")
    with pytest.raises(ReconfirmationError, match="another commander"):
        turns.released(KIM)
    assert not turns.released(CHIEF).wait(KIM)
    with pytest.raises(ReconfirmationError, match="nobody waits"):
        turns.released(CHIEF).released(CHIEF)


def test_a_commander_needs_another_commander_as_well() -> None:
    turns = Turns().answered(CHIEF).answered(CHIEF)
    assert turns.wait(CHIEF)
