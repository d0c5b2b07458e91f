"""Scenes at one door: what is concluded from them, and what is not."""

from contract.ids import AccessPointId, HolderId
from edge.domain.passage import Closed, Forced, Held, NotTaken, Outcome, Passage, Taken, Warned

MS = 1_000_000
IN, OUT = AccessPointId("in"), AccessPointId("out")
ANN, BOB = HolderId("0a" * 12), HolderId("0b" * 12)


def door(*, has_contact: bool = True) -> Passage:
    """A door that is known to be shut, released for 5 s, held after 15 s."""
    passage = Passage(expected_ms=5000, held_after_ms=15_000, has_contact=has_contact)
    assert passage.contact(is_open=False, now_ns=0) == []
    return passage


def opens(passage: Passage, at_ms: int) -> list[Outcome]:
    return passage.contact(is_open=True, now_ns=at_ms * MS)


def shuts(passage: Passage, at_ms: int) -> list[Outcome]:
    return passage.contact(is_open=False, now_ns=at_ms * MS)


def test_open_and_shut_within_the_time_is_taken() -> None:
    passage = door()
    assert passage.granted(1, IN, ANN, 0) == []
    assert opens(passage, 2000) == []
    assert shuts(passage, 3000) == [Taken(1, IN, ANN)]
    assert passage.deadline_ns() is None


def test_no_opening_is_not_taken() -> None:
    passage = door()
    passage.granted(1, IN, ANN, 0)
    deadline = passage.deadline_ns()
    assert deadline == 6000 * MS
    assert passage.tick(deadline - 1) == []
    assert passage.tick(deadline) == [NotTaken(1, IN, ANN)]
    assert opens(passage, 7000) == [Forced()]


def test_forced_then_closed() -> None:
    passage = door()
    assert opens(passage, 0) == [Forced()]
    assert passage.tick(60_000 * MS) == []
    assert shuts(passage, 60_000) == [Closed()]


def test_a_request_to_exit_covers_one_opening() -> None:
    passage = door()
    assert passage.exit_requested(0) == []
    assert opens(passage, 1000) == []
    assert shuts(passage, 2000) == []
    assert opens(passage, 3000) == [Forced()]


def test_a_request_to_exit_runs_out() -> None:
    passage = door()
    passage.exit_requested(0)
    assert opens(passage, 6000) == [Forced()]


def test_held_open_warns_first_counts_as_taken_and_closes() -> None:
    passage = door()
    passage.granted(1, IN, ANN, 0)
    opens(passage, 1000)
    assert passage.tick(10_999 * MS) == []
    assert passage.tick(11_000 * MS) == [Warned()]
    assert passage.deadline_ns() == 16_000 * MS
    assert passage.tick(16_000 * MS) == [Taken(1, IN, ANN), Held()]
    assert passage.deadline_ns() is None
    assert shuts(passage, 20_000) == [Closed()]


def test_a_late_tick_concludes_the_same() -> None:
    passage = door()
    passage.granted(1, IN, ANN, 0)
    opens(passage, 1000)
    assert shuts(passage, 60_000) == [Warned(), Taken(1, IN, ANN), Held(), Closed()]


def test_two_grants_and_two_openings_are_two_passages() -> None:
    passage = door()
    passage.granted(1, IN, ANN, 0)
    passage.granted(2, IN, BOB, 500 * MS)
    opens(passage, 1000)
    assert shuts(passage, 2000) == [Taken(1, IN, ANN)]
    opens(passage, 3000)
    assert shuts(passage, 4000) == [Taken(2, IN, BOB)]


def test_two_grants_and_one_opening_leave_the_second_unsaid() -> None:
    passage = door()
    passage.granted(1, IN, ANN, 0)
    passage.granted(2, OUT, BOB, 500 * MS)
    opens(passage, 1000)
    assert shuts(passage, 2000) == [Taken(1, IN, ANN)]
    assert passage.tick(60_000 * MS) == []


def test_a_grant_while_the_door_stands_open_for_another_ends_unsaid() -> None:
    passage = door()
    passage.granted(1, IN, ANN, 0)
    opens(passage, 1000)
    passage.granted(2, IN, BOB, 1500 * MS)
    assert shuts(passage, 2000) == [Taken(1, IN, ANN)]
    assert passage.tick(60_000 * MS) == []


def test_presenting_the_card_again_begins_anew() -> None:
    passage = door()
    passage.granted(1, IN, ANN, 0)
    assert passage.granted(2, IN, ANN, 3000 * MS) == [NotTaken(1, IN, ANN)]
    opens(passage, 8000)
    assert shuts(passage, 8500) == [Taken(2, IN, ANN)]


def test_presenting_the_card_again_at_the_open_door_is_one_passage() -> None:
    passage = door()
    passage.granted(1, IN, ANN, 0)
    opens(passage, 1000)
    assert passage.granted(2, IN, ANN, 1500 * MS) == [NotTaken(1, IN, ANN)]
    assert shuts(passage, 2000) == [Taken(2, IN, ANN)]


def test_the_first_word_of_a_contact_accuses_nobody_but_is_timed() -> None:
    passage = Passage(expected_ms=5000, held_after_ms=15_000)
    assert opens(passage, 0) == []
    assert passage.tick(15_000 * MS) == [Warned(), Held()]
    assert shuts(passage, 16_000) == [Closed()]


def test_a_lost_contact_leaves_open_grants_unsaid() -> None:
    passage = door()
    passage.granted(1, IN, ANN, 0)
    passage.contact_lost()
    assert passage.deadline_ns() is None
    assert opens(passage, 1000) == []
    assert shuts(passage, 2000) == []


def test_without_a_contact_nothing_is_concluded() -> None:
    passage = Passage(expected_ms=5000, held_after_ms=15_000, has_contact=False)
    assert passage.granted(1, IN, ANN, 0) == []
    assert passage.deadline_ns() is None
    assert opens(passage, 100) == []
    assert passage.tick(60_000 * MS) == []


def test_a_repeated_contact_report_changes_nothing() -> None:
    passage = door()
    passage.granted(1, IN, ANN, 0)
    opens(passage, 1000)
    assert opens(passage, 1100) == []
    assert shuts(passage, 2000) == [Taken(1, IN, ANN)]
    assert shuts(passage, 2100) == []
