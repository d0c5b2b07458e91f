"""Names that travel into topics and files, and times that go to datetime and back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.client_id import client_id
from contract.clock import NS_PER_S, ManualClock, SystemClock, from_datetime, to_datetime
from contract.ids import (
    BadIdError,
    label,
    machine_name,
    new_epoch,
    new_holder_id,
    new_pass_id,
)


@pytest.mark.parametrize("name", ["a", "0", "north", "gate-1", "a" * 63, "a--b"])
def test_a_host_name_label_names_a_machine(name: str) -> None:
    assert machine_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "-a", "a-", "A", "a_b", "a.b", "a/b", "a+", "#", "a b", "a\n", "ä", "a" * 64, "..", "a\0", "٣"]
)
def test_nothing_else_names_a_machine(name: str) -> None:
    with pytest.raises(BadIdError, match="63 of a-z"):
        machine_name(name)


@given(st.text(max_size=130))
def test_a_label_is_printable_and_short(text: str) -> None:
    good = text.strip() and len(text) <= 120 and text.isprintable()
    if good:
        assert label(text) == text
    else:
        with pytest.raises(BadIdError, match="120 printable"):
            label(text)


def test_what_is_drawn_is_long_and_never_the_same() -> None:
    assert len(new_epoch()) == 16
    for draw in (new_holder_id, new_pass_id):
        drawn = {draw() for _ in range(200)}
        assert len(drawn) == 200
        assert all(len(bytes.fromhex(one)) == 12 for one in drawn)


@given(
    st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7))])).filter(lambda at: 1 < at.year < 9999)
)
def test_datetimes_survive_the_way_to_nanoseconds_and_back(at: datetime) -> None:
    back = to_datetime(from_datetime(at))
    assert back == at
    assert back.tzinfo is UTC


@given(st.integers(-(2**60), 2**62))
def test_nanoseconds_are_cut_to_microseconds_and_never_rounded_up(at_ns: int) -> None:
    back_ns = from_datetime(to_datetime(at_ns))
    assert back_ns == at_ns // 1000 * 1000


def test_known_instants() -> None:
    assert to_datetime(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert to_datetime(1_800_000_000 * NS_PER_S + 999) == datetime(2027, 1, 15, 8, tzinfo=UTC)
    assert from_datetime(datetime(2027, 1, 15, 9, tzinfo=timezone(timedelta(hours=1)))) == 1_800_000_000 * NS_PER_S
    with pytest.raises(ValueError, match="no time zone"):
        from_datetime(datetime(2027, 1, 15))  # noqa: DTZ001  that is what is refused


def test_a_manual_clock_stands_until_it_is_moved_and_never_goes_back() -> None:
    clock = ManualClock(5)
    assert (clock.now_ns(), clock.boottime_ns()) == (5, 5)
    clock.advance_to(5)
    clock.advance_to(9)
    assert (clock.now_ns(), clock.boottime_ns()) == (9, 9)
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance_to(8)
    assert clock.now_ns() == 9


def test_the_system_clock_reads_the_machine() -> None:
    clock = SystemClock()
    before = datetime.now(UTC)
    assert abs(to_datetime(clock.now_ns()) - before) < timedelta(seconds=60)
    assert clock.boottime_ns() <= clock.boottime_ns()


def test_a_client_id_is_the_same_each_time_and_tells_no_key() -> None:
    one, again, other = client_id("edge-a", b"key"), client_id("edge-a", b"key"), client_id("edge-a", b"other")
    assert one == again != other
    assert one.startswith("edge-a-")
    assert len(one) == len("edge-a-") + 32
    assert b"key".hex() not in one
