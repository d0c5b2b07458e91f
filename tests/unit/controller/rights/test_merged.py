"""Rights folded from two controllers: the same whichever entry came first, and nothing given against a withdrawal."""

from itertools import permutations

import pytest

from contract.clock import NS_PER_S, to_datetime
from contract.ids import AccountId, ControllerId
from controller.domain.rights.merged import HEARD, MergedRegister, Withdrawal
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


BEN, CLEO = AccountId("d" * 24), AccountId("e" * 24)


def commander(account: AccountId, at_s: int = 0) -> tuple[Said, ...]:
    """The entries that make a commander, authorized and briefed."""
    until = to_datetime(at_ns(86400)).isoformat()
    return (
        said(at_s, "account-made", account=account),
        said(at_s, "role-given", account=account, role="commander"),
        said(at_s, "member-confirmed", account=account),
        said(at_s, "authorization-given", account=account, instrument="A/1", until=until),
        said(at_s, "briefing-acknowledged", account=account, version="1"),
    )


def knowing(of: ControllerId, at_s: int) -> dict[str, str]:
    return {HEARD: f"{of}={to_datetime(at_ns(at_s)).isoformat()}"}


def withdrawn(at_s: int, account: AccountId, by: ControllerId, **more: str) -> Said:
    return said(at_s, "authorization-withdrawn", by, account=account, second="", **more)


def left_of(*acts: Said, besides: tuple[Said, ...] = ()) -> tuple[set[AccountId], list[Withdrawal]]:
    """Who is authorized, and which withdrawals have no effect, in whichever order the acts arrive."""
    found = []
    first = (*commander(ANN), *commander(BEN), *besides)
    for order in permutations(acts):
        register = MergedRegister()
        register.may_give = lambda controller: controller == KEEPER
        for each in (*first, *order):
            register.hear(each)
        found.append(({each.account for each in register.now.officers() if is_authorized(each)}, register.void))
    assert all(each == found[0] for each in found), "the same at each controller"
    return found[0]


def test_of_two_last_commanders_withdrawn_apart_the_later_stays() -> None:
    one, other = withdrawn(10, ANN, KEEPER, **knowing(OTHER, 1)), withdrawn(12, BEN, OTHER, **knowing(KEEPER, 9))
    assert left_of(one, other) == ({BEN}, [Withdrawal(BEN, OTHER, at_ns(12))])
    assert left_of(withdrawn(13, ANN, KEEPER), other) == ({ANN}, [Withdrawal(ANN, KEEPER, at_ns(13))])
    again = withdrawn(40, BEN, KEEPER, **knowing(OTHER, 12))
    assert left_of(one, other, again, besides=commander(CLEO, 30)) == ({CLEO}, [Withdrawal(BEN, OTHER, at_ns(12))])


def test_a_withdrawal_that_knew_of_the_other_or_leaves_a_commander_stands() -> None:
    one = withdrawn(10, ANN, KEEPER)
    assert left_of(one, withdrawn(12, BEN, OTHER, **knowing(KEEPER, 10))) == (set(), [])
    assert left_of(one, withdrawn(12, BEN, OTHER), besides=commander(CLEO)) == ({CLEO}, [])
    assert left_of(one, withdrawn(12, ANN, OTHER)) == ({BEN}, [])


@pytest.mark.parametrize(
    "ends",
    [
        said(14, "account-closed", account=ANN),
        said(14, "member-left", account=ANN),
        said(14, "role-taken", account=ANN, role="commander", second=""),
    ],
    ids=lambda each: str(each.kind),
)
def test_what_else_ends_a_commander_takes_effect_and_the_withdrawal_apart_from_it_does_not(ends: Said) -> None:
    void = [Withdrawal(BEN, OTHER, at_ns(12))]
    there, found = left_of(withdrawn(12, BEN, OTHER, **knowing(KEEPER, 0)), ends)
    assert (there - {ANN}, found) == ({BEN}, void)


def test_who_leads_by_broken_glass_does_not_replace_one_who_is_authorized() -> None:
    until = to_datetime(at_ns(3600)).isoformat()
    glass = said(3, "break-glass", KEEPER, first=CLEO, second=BEN, operations="d" * 24, until=until, version="1")
    by_glass = (*commander(CLEO)[:3], glass)
    apart = withdrawn(10, ANN, KEEPER), withdrawn(12, BEN, OTHER, **knowing(KEEPER, 9))
    assert left_of(*apart, besides=by_glass) == ({BEN}, [Withdrawal(BEN, OTHER, at_ns(12))])
    both = withdrawn(5, BEN, KEEPER), withdrawn(10, ANN, KEEPER)
    void = [Withdrawal(CLEO, OTHER, at_ns(12))]
    assert left_of(*both, withdrawn(12, CLEO, OTHER), besides=by_glass) == (set(), void)
