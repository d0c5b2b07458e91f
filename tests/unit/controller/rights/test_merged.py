"""Rights folded from two controllers: the same whichever entry came first, and nothing given against a withdrawal."""

from itertools import permutations

import pytest

from contract.clock import NS_PER_S, to_datetime
from contract.ids import AccountId, ControllerId
from controller.domain.rights.merged import HEARD, MergedRegister
from controller.domain.rights.officer import Officer
from controller.domain.rights.roles import Role
from controller.domain.said import Said

KEEPER, OTHER = ControllerId("keeper"), ControllerId("other")
ANN = AccountId("a" * 24)
START_S = 1_800_000_000


def at_ns(second: int) -> int:
    return (START_S + second) * NS_PER_S


def said(at_s: int, kind: str, by: ControllerId = KEEPER, **facts: str) -> Said:
    return Said(by, at_ns(at_s), kind, {"account": ANN, "by": "b" * 24, **facts})


def given(at_s: int, **more: str) -> Said:
    until = to_datetime(at_ns(86400)).isoformat()
    return said(at_s, "authorization-given", KEEPER, instrument="A/1", until=until, **more)


MADE = (said(0, "account-made"), said(1, "role-given", role="commander"), said(2, "member-confirmed"))
WITHDRAWN = said(10, "authorization-withdrawn", OTHER, second="")


def merged(*entries: Said) -> Officer | None:
    register = MergedRegister()
    register.may_give = lambda controller: controller == KEEPER
    for each in entries:
        register.hear(each)
    return register.now.officer(ANN)


def is_authorized(officer: Officer | None) -> bool:
    assert officer is not None
    return officer.authorization is not None and officer.authorization.holds(at_ns(60))


def test_every_order_of_arrival_makes_the_same_officer() -> None:
    entries = (*MADE, given(5), WITHDRAWN)
    assert {merged(*order) for order in permutations(entries)} == {merged(*entries)}
    assert not is_authorized(merged(*entries))


def test_what_was_given_without_knowing_of_a_withdrawal_does_not_count() -> None:
    assert not is_authorized(merged(*MADE, given(5), WITHDRAWN, given(20)))
    before = to_datetime(at_ns(9)).isoformat()
    assert not is_authorized(merged(*MADE, given(5), WITHDRAWN, given(20, **{HEARD: f"{OTHER}={before}"})))
    known = to_datetime(at_ns(10)).isoformat()
    assert is_authorized(merged(*MADE, given(5), WITHDRAWN, given(20, **{HEARD: f"{OTHER}={known}"})))


def test_who_withdrew_it_can_have_it_given_again_there() -> None:
    own = said(10, "authorization-withdrawn", KEEPER, second="")
    assert is_authorized(merged(*MADE, given(5), own, given(20)))


def test_what_an_authorization_says_that_it_knew() -> None:
    register = MergedRegister()
    for each in (*MADE, WITHDRAWN):
        register.hear(each)
    assert register.heard(KEEPER) == f"{OTHER}={to_datetime(at_ns(10)).isoformat()}"
    assert register.heard(OTHER).startswith(f"{KEEPER}=")


@pytest.mark.parametrize("kind", ["account-made", "role-given", "member-confirmed"])
def test_rights_that_another_one_gives_do_not_count(kind: str) -> None:
    before = merged(*MADE)
    assert merged(*MADE, said(20, kind, OTHER, role="operator")) == before


def test_glass_that_was_broken_without_knowing_of_a_withdrawal_lets_nobody_in() -> None:
    until = to_datetime(at_ns(3600)).isoformat()
    broken = said(20, "break-glass", KEEPER, first=ANN, second="c" * 24, operations="d" * 24, until=until)
    officer = merged(*MADE, given(5), WITHDRAWN, broken)
    assert officer is not None
    assert officer.broke_glass_until_ns == 0
    assert Role.COMMANDER in officer.roles
