"""Sessions are short, revocable, the same after a restart, and known by a hash alone."""

import sqlite3
from pathlib import Path

from sqlalchemy import event

from contract.clock import NS_PER_S
from contract.ids import ControllerId
from controller.domain.rights.roles import Role
from controller.domain.sign_in import IDLE_S, LIFE_S
from controller.service.officers.sessions import Sessions, ToldSession
from tests.unit.controller.office.premises import HERE, PASSWORD, Premises

ONE, TWO = ControllerId("one"), ControllerId("two")


def again(premises: Premises) -> Sessions:
    return Sessions(premises.engine, premises.centre.clock, premises.centre.alarms)


def test_a_session_ends_when_nothing_is_done_in_it(premises: Premises) -> None:
    sessions, account = premises.office.sessions, premises.account()
    cookie, session = sessions.open(account)
    premises.wait(IDLE_S - 1)
    assert sessions.find(cookie)
    premises.wait(1)
    assert sessions.find(cookie) is None
    assert not sessions.holds(session)
    assert sessions.of(account) == []


def test_use_keeps_it_but_not_beyond_one_shift(premises: Premises) -> None:
    sessions = premises.office.sessions
    cookie, session = sessions.open(premises.account())
    for _ in range(LIFE_S // (IDLE_S - 60)):
        premises.wait(IDLE_S - 60)
        assert sessions.find(cookie)
        sessions.use(session)
    premises.wait(IDLE_S - 60)
    assert sessions.find(cookie) is None


def test_a_restart_ends_none_and_prolongs_none(premises: Premises) -> None:
    sessions = premises.office.sessions
    cookie, session = sessions.open(premises.account())
    premises.wait(IDLE_S - 100)
    sessions.use(session)
    premises.wait(200)
    found = again(premises).find(cookie)
    assert found
    assert found.used_ns == premises.now_ns - 200 * NS_PER_S
    premises.wait(IDLE_S)
    assert again(premises).find(cookie) is None


def test_sessions_are_ended_one_by_one_all_and_all_but_one_for_good(premises: Premises) -> None:
    sessions, account, other = premises.office.sessions, premises.account(), premises.account()
    cookies = {session.id: cookie for cookie, session in (sessions.open(account) for _ in range(4))}
    others, _ = sessions.open(other)
    one, two, three, four = cookies
    assert sessions.end(other, one) == 0, "not his"
    assert sessions.end(account, one) == 1
    assert sessions.end(account, but=four) == 2
    for known in (sessions, again(premises)):
        assert [known.find(cookies[each]) is not None for each in (one, two, three, four)] == [False] * 3 + [True]
        assert known.find(others)
    assert sessions.end(account) == 1
    assert sessions.accounts() == {other}


def test_a_session_is_found_by_the_whole_cookie_alone(premises: Premises) -> None:
    cookie, session = premises.office.sessions.open(premises.account())
    for wrong in ("", cookie[:-1], cookie + "x", cookie.swapcase(), session.id, "\ud800"):
        assert premises.office.sessions.find(wrong) is None
    assert len(cookie) >= 43, "256 bits in base64"
    premises.engine.dispose()
    stored = b"".join(path.read_bytes() for path in premises.path.parent.iterdir())
    assert cookie.encode() not in stored


async def test_a_full_disk_locks_nobody_out_and_forgets_no_end(premises: Premises) -> None:
    account, name = await premises.with_password(Role.COMMANDER)
    lost, _ = premises.office.sessions.open(account)
    refusing: list[str] = ["INSERT", "UPDATE", "DELETE"]

    @event.listens_for(premises.engine, "before_cursor_execute")
    def refuse(_: object, __: object, statement: str, *___: object) -> None:
        if statement.split(maxsplit=1)[0] in refusing:
            raise sqlite3.OperationalError("database or disk is full")

    premises.centre.ledger.fails = True
    entered = await premises.office.sign_in.with_password(name, PASSWORD, HERE)
    premises.wait(120)
    premises.office.sessions.use(entered.session)
    assert premises.office.sessions.find(entered.cookie)
    premises.office.sessions.end(account, but=entered.session.id)
    assert premises.office.sessions.find(lost) is None
    assert {"sessions-not-kept", "ledger-failed"} <= set(premises.centre.alarm_kinds())
    refusing.clear()
    premises.centre.ledger.fails = False
    premises.office.sessions.open(account)
    premises.office.trail.settle()
    assert premises.centre.ledger.kinds()[-1] == "session-opened"
    assert again(premises).find(lost) is None, "ended while the disk was full, and for good"
    assert again(premises).find(entered.cookie)


def test_another_controller_lets_whoever_is_signed_in_go_on_until_either_ends_it(tmp_path: Path) -> None:
    one, two = Premises(tmp_path / "one"), Premises(tmp_path / "two")
    two.centre.clock = one.centre.clock
    account, here, there = one.account(), again(one), again(two)
    value, session = here.open(account)
    before = there.revision
    there.hear(here.told(), ONE)
    assert there.revision != before
    assert there.find(value) == session
    there.end(account)
    there.hear(here.told(), ONE)  # what is told late brings nothing back
    assert there.find(value) is None
    here.hear(there.told(), TWO)
    assert here.find(value) is None
    assert not here.holds(session)
    assert again(one).find(value) is None, "a restart brings it back neither"


def test_what_another_controller_says_makes_no_session_longer(tmp_path: Path) -> None:
    one = Premises(tmp_path / "one")
    here, now_ns = again(one), one.now_ns
    far_ns = now_ns + LIFE_S * 1_000_000_000
    here.hear(
        [
            ToldSession(b"1" * 32, "a" * 24, now_ns - LIFE_S * 1_000_000_000, now_ns),
            ToldSession(b"2" * 32, "a" * 24, far_ns, far_ns),
            ToldSession(b"3" * 32, "a" * 24, now_ns - 2 * IDLE_S * 1_000_000_000, now_ns - IDLE_S * 1_000_000_000),
        ],
        TWO,
    )
    assert here.told() == []


def test_what_a_controller_told_ends_when_the_root_removes_it(tmp_path: Path) -> None:
    one, two = Premises(tmp_path / "one"), Premises(tmp_path / "two")
    account, here, there = one.account(), again(one), again(two)
    own, _ = here.open(account)
    planted, _ = there.open(account)
    here.hear(there.told(), TWO)
    here.end_those_of_others([TWO])
    assert here.find(planted) is not None
    here = again(one)  # a restart forgets nothing of it
    here.end_those_of_others([])
    assert here.find(planted) is None
    assert here.find(own) is not None
    here.hear(there.told(), ONE)
    assert here.find(planted) is None, "nobody brings it back"
