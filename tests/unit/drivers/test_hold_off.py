from drivers.hold_off import HoldOff

MS = 1_000_000


def test_the_same_thing_again_within_the_time_is_one() -> None:
    hold_off = HoldOff(1000, extends=False)
    seen = [hold_off.passes("a", at_ms * MS) for at_ms in (0, 500, 999, 1000, 1500, 2000)]
    assert seen == [True, False, False, True, False, True]


def test_what_is_held_before_a_reader_that_repeats_is_one_however_long() -> None:
    hold_off = HoldOff(1000, extends=True)
    assert [hold_off.passes("a", at_ms * MS) for at_ms in range(0, 60_000, 65)].count(True) == 1
    assert hold_off.passes("a", 61_000 * MS)


def test_two_things_do_not_hold_off_each_other() -> None:
    hold_off = HoldOff(1000, extends=True)
    assert [hold_off.passes(what, at_ms * MS) for at_ms, what in enumerate("abab")] == [True, True, False, False]


def test_no_time_holds_nothing_off_and_nothing_old_is_remembered() -> None:
    at_once = HoldOff(0, extends=False)
    assert at_once.passes("a", 0)
    assert at_once.passes("a", 0)
    hold_off = HoldOff(1000, extends=False)
    for at_ms in range(5000):
        hold_off.passes(str(at_ms), at_ms * MS)
    assert len(hold_off._seen_ns) == 1000
