"""Who is shown for how long, when nobody is; and how guesses at a password are slowed down."""

from typing import get_args

import pytest

from contract.clock import NS_PER_S
from contract.events import AdmittedBecause, DenialReason
from contract.ids import AccessPointId, AccountId, EdgeId, PortalId
from contract.screen import Face, Faces, ScreenOfficer, ScreenOrder, pack_faces
from edge.domain.acting import Act, ActResult
from edge.domain.pauses import FREE, Pauses
from edge.screen.showing import SHOWN_NS, SILENT_NS, Showing, Standing
from edge.screen.troubles import CODES, trouble_of
from edge.screen.wire import Read
from edge.screen.words import BECAUSE, DONE, OUTCOMES, REASONS, RESULTS, STANDINGS, TROUBLES
from edge.technician import DeviceLine, Outcome, PortalLine, PortalState

SECRET = bytes(32)
CARD, ADA = "h10301:13:4567", Face("Ada Quartermaine", "delegate")
MIRA = AccountId("a" * 24)
NOW_S = 1_800_000_000
BOOT_NS = 77 * NS_PER_S
READ = Read(1, NOW_S * NS_PER_S, AccessPointId("in"), CARD, Outcome.GRANTED, None, "", is_vehicle=False)


def showing(lease_s: int = 60) -> Showing:
    """A screen that may show persons, at BOOT_NS."""
    made = Showing()
    officer = ScreenOfficer(MIRA, b"", "")
    order = ScreenOrder(EdgeId("north"), 1, NOW_S + lease_s, SECRET, b"", 0, [officer])
    made.take_order(order, Faces(SECRET, pack_faces(SECRET, [(CARD, ADA)])))
    made.take_tick(NOW_S * NS_PER_S, BOOT_NS)
    return made


def face_of(made: Showing, at_ns: int = BOOT_NS) -> Face | None:
    shown = made.shown(at_ns)
    return None if shown is None else shown.face


def test_somebody_is_shown_for_a_few_seconds_and_then_forgotten() -> None:
    made = showing()
    made.take_read(READ, BOOT_NS, is_watched=True)
    assert face_of(made) == ADA
    made.take_tick(NOW_S * NS_PER_S + SHOWN_NS - 1, BOOT_NS + SHOWN_NS - 1)
    assert face_of(made, BOOT_NS + SHOWN_NS - 1) == ADA
    made.take_tick(NOW_S * NS_PER_S + SHOWN_NS, BOOT_NS + SHOWN_NS)
    assert made._shown is None, "nobody is kept until a page asks"
    assert made.shown(BOOT_NS + SHOWN_NS) is None
    assert "Ada" not in repr(showing()._shown)


def test_nobody_is_looked_up_while_nobody_watches() -> None:
    made = showing()
    made.take_read(READ, BOOT_NS, is_watched=False)
    assert face_of(made) is None


def test_the_lease_ends_faces_and_the_right_to_watch() -> None:
    made = showing(lease_s=5)
    made.take_read(READ, BOOT_NS, is_watched=True)
    assert made.may_watch(MIRA, BOOT_NS)
    late_ns = BOOT_NS + 5 * NS_PER_S
    made.take_tick((NOW_S + 5) * NS_PER_S, late_ns)
    assert made.standing(late_ns) is Standing.LEASE_OVER
    assert face_of(made, late_ns) is None
    assert not made.may_watch(MIRA, late_ns)
    made.take_read(READ, late_ns, is_watched=True)
    assert face_of(made, late_ns) is None


def test_a_silent_gate_and_a_missing_order_show_nobody() -> None:
    made = showing()
    made.take_read(READ, BOOT_NS, is_watched=True)
    late_ns = BOOT_NS + SILENT_NS + 1
    assert made.standing(late_ns) is Standing.GATE_SILENT
    assert made.shown(late_ns) is None
    fresh = Showing()
    assert fresh.standing(BOOT_NS) is Standing.GATE_SILENT
    fresh.take_tick(NOW_S * NS_PER_S, BOOT_NS)
    assert fresh.standing(BOOT_NS) is Standing.NO_ORDER
    fresh.take_read(READ, BOOT_NS, is_watched=True)
    assert face_of(fresh) is None
    assert not fresh.may_watch(MIRA, BOOT_NS)


def test_whoever_the_order_does_not_name_may_not_watch() -> None:
    assert not showing().may_watch(AccountId("b" * 24), BOOT_NS)


def test_every_code_has_words() -> None:
    assert set(OUTCOMES) == set(Outcome)
    assert set(REASONS) == set(DenialReason)
    assert set(STANDINGS) == set(Standing)
    assert set(TROUBLES) == CODES
    assert set(BECAUSE) == set(AdmittedBecause)
    assert set(RESULTS) == set(ActResult) - {ActResult.DONE}
    assert set(DONE) == set(get_args(Act))


@pytest.mark.parametrize(
    ("state", "trouble"),
    [
        (PortalState.FORCED, ("door", "forced")),
        (PortalState.CLOSED, ("door", None)),
        (PortalState.OPEN, None),
        (PortalState.WARNED, None),
    ],
)
def test_portals_trouble_the_officer_or_do_not(state: PortalState, trouble: object) -> None:
    assert trouble_of(PortalLine("", PortalId("door"), state)) == trouble


def test_devices_trouble_the_officer_until_they_are_back() -> None:
    assert trouble_of(DeviceLine("", "r-in", "lost", "no-answer")) == ("r-in", "lost")
    assert trouble_of(DeviceLine("", "r-in", "online", "secure")) == ("r-in", None)
    assert trouble_of(DeviceLine("", "r-in", "identified")) is None


def test_failures_in_a_row_cost_more_and_more_time() -> None:
    pauses = Pauses()
    waits = []
    for _ in range(FREE + 8):
        pauses.failed(0)
        waits.append(pauses.wait_s(0))
    assert waits == [0, 0, 0, 2, 4, 8, 16, 32, 60, 60, 60]
    assert pauses.wait_s(59 * NS_PER_S) == 1
    assert pauses.wait_s(60 * NS_PER_S) == 0
    pauses.succeeded()
    pauses.failed(61 * NS_PER_S)
    assert pauses.wait_s(61 * NS_PER_S) == 0
