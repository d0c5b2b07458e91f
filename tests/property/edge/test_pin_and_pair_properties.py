"""PINs and pairs over arbitrary histories, against a plain account of them."""

from hypothesis import given
from hypothesis import strategies as st

from contract.ids import AccessPointId, HolderId, PassId
from contract.policy import pin_digest
from edge.domain.pairs import Alone, Pairs
from edge.domain.pin import PinJudgement, PinsOfPass, WrongPins
from edge.domain.waits import Waits

KEY = bytes(range(32))
PASS, POINT = PassId("1" * 24), AccessPointId("in")
pins = st.from_regex(r"[0-9]{4,8}", fullmatch=True)


@given(pins, st.none() | pins, st.one_of(pins, st.text(max_size=12)))
def test_only_the_pin_is_right_and_only_the_duress_pin_is_duress(pin: str, duress: str | None, typed: str) -> None:
    duress_digest = None if duress is None else pin_digest(KEY, PASS, duress)
    of_pass = PinsOfPass(KEY, PASS, pin_digest(KEY, PASS, pin), duress_digest)
    assert of_pass.judge(pin) is PinJudgement.RIGHT
    expected = {duress: PinJudgement.DURESS, pin: PinJudgement.RIGHT}
    assert of_pass.judge(typed) is expected.get(typed, PinJudgement.WRONG)
    other = PinsOfPass(KEY, PassId("2" * 24), pin_digest(KEY, PASS, pin), duress_digest)
    assert other.judge(pin) is PinJudgement.WRONG, "the digest is bound to its pass"


@given(
    st.integers(1, 5),
    st.lists(st.tuples(st.sampled_from(["wrong", "right", "look"]), st.integers(0, 400)), max_size=60),
)
def test_wrong_pins_lock_exactly_when_there_were_so_many_in_a_row(most: int, history: list[tuple[str, int]]) -> None:
    tries = WrongPins(most=most, locked_ns=300, keep_ns=1000)
    now, in_a_row, locked_until, last = 0, 0, 0, 0
    for what, waited in history:
        now += waited
        if now - last >= 1000:
            in_a_row, locked_until = 0, 0
        tries.forget(now)
        assert tries.is_locked(PASS, now) == (now < locked_until)
        if now < locked_until:
            continue  # the gate asks for no PIN then
        if what == "wrong":
            in_a_row, last = in_a_row + 1, now
            assert tries.wrong(PASS, now) == (in_a_row == most)
            if in_a_row == most:
                in_a_row, locked_until = 0, now + 300
        elif what == "right":
            tries.right(PASS)
            in_a_row, locked_until = 0, 0
    tries.forget(now + 1000)
    assert len(tries) == 0, "nothing is remembered of anybody past its time"


@given(st.lists(st.tuples(st.sampled_from(["ann", "bob", "cyd"]), st.integers(0, 12)), max_size=40))
def test_pairs_are_two_different_persons_within_the_time_and_everybody_is_accounted_for(
    history: list[tuple[str, int]],
) -> None:
    pairs: Pairs[int] = Pairs(10)
    now, first = 0, None
    waiting: set[int] = set()
    passed: list[int] = []
    missing: list[int] = []
    for number, (holder, waited) in enumerate(history):
        now += waited
        missing += pairs.expire(now)
        if first is not None and now >= first[1] + 10:
            first = None
        answer = pairs.present(POINT, HolderId(holder), number, now)
        if first is None:
            assert answer is Alone.FIRST
            first = holder, now, number
            waiting.add(number)
        elif first[0] == holder:
            assert answer is Alone.SAME_PERSON
        else:
            assert answer == first[2]
            passed += [first[2], number]
            first = None
    missing += pairs.expire(now + 10)
    assert pairs.deadline_ns() is None
    assert set(missing).isdisjoint(passed)
    assert waiting <= set(missing) | set(passed)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 20), st.integers(0, 9)), max_size=40))
def test_at_each_place_one_thing_waits_and_each_ends_once(history: list[tuple[str, int, int]]) -> None:
    waits: Waits[str, int] = Waits()
    now, model, over = 0, dict[str, tuple[int, int]](), list[int]()
    for number, (place, length, waited) in enumerate(history):
        now += waited
        due = sorted((until, what) for what, until in model.values() if now >= until)
        ended = waits.expire(now)
        assert sorted(what for _, what in ended) == sorted(what for _, what in due)
        over += [what for _, what in ended]
        model = {where: each for where, each in model.items() if now < each[1]}
        assert all(waits.at(where, now) == each[0] for where, each in model.items())
        waits.begin(place, number, now + length)
        model[place] = number, now + length
        waits.prolong(place, now + 3)
        model[place] = number, max(now + length, now + 3)
        assert waits.deadline_ns() == min(until for _, until in model.values())
    assert len(over) == len(set(over))
