"""Readers at a muster point: whoever can be told is counted there, whatever is wrong with his pass; nothing opens."""

from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from contract.events import AccessDenied, AccessGranted, DenialReason
from contract.ids import HolderId, PassId
from contract.policy import VERSION, AccessLevel, Policy, PolicyHeader, PolicyRow, pack
from contract.site import AntiPassback, Assurance, parse_site
from edge.domain.anti_passback import AntiPassbackMemory
from edge.domain.decide import Denial, Grant, Rules, decide
from edge.technician import Decision, Outcome
from tests.unit.edge.parts import EDGE, NOON_NS
from tests.unit.edge.scene import KEY, GateScene, Person, gate_scene, site_text

LAWN = (
    '[[muster_point]]\nid = "lawn"\n'
    '[[access_point]]\nid = "lawn"\nfrom = "any"\nto = "outside"\nmuster_point = "lawn"\n'
)
SITE = LAWN + site_text({}, 'reader = [{id = "in", kind = "osdp", access_point = "lawn"}]\n')
POINT = next(point for point in parse_site(SITE).access_point if point.id == "lawn")
ANN, STRANGER = Person(1), Person(9)
NOON_S = NOON_NS // 10**9


def rules(row: PolicyRow, expires_at_s: int = 4_000_000_000) -> Rules:
    header = PolicyHeader(VERSION, EDGE, 1, 0, expires_at_s, "UTC", AntiPassback.HARD, [AccessLevel(frozenset())], KEY)
    return Rules(Policy(pack(header, [("card", row)])), ZoneInfo("UTC"))


def decided(row: PolicyRow, expires_at_s: int = 4_000_000_000) -> Grant | Denial:
    memory = AntiPassbackMemory(parse_site(SITE).retention)
    memory.passed(row.holder, POINT, NOON_NS)
    return decide(rules(row, expires_at_s), "card", POINT, NOON_NS, memory, Assurance.IDENTIFIED, entries_denied=True)


HOLDER, PASS = HolderId("0a" * 12), PassId("0b" * 12)


def test_whoever_may_pass_nowhere_is_counted_all_the_same_and_again() -> None:
    assert decided(PolicyRow(HOLDER, PASS, 0)) == Grant(HOLDER, PASS)


@pytest.mark.parametrize(
    ("row", "expires_at_s", "reason"),
    [
        (PolicyRow(HOLDER, PASS, 0, blocked=True), 4_000_000_000, DenialReason.PASS_BLOCKED),
        (PolicyRow(HOLDER, PASS, 0, valid_until_s=NOON_S), 4_000_000_000, DenialReason.PASS_EXPIRED),
        (PolicyRow(HOLDER, PASS, 0, valid_from_s=NOON_S + 1), 4_000_000_000, DenialReason.PASS_NOT_YET_VALID),
        (PolicyRow(HOLDER, PASS, 0), NOON_S, DenialReason.POLICY_EXPIRED),
    ],
)
def test_what_is_wrong_with_a_pass_is_said_beside_who_it_is(
    row: PolicyRow, expires_at_s: int, reason: DenialReason
) -> None:
    assert decided(row, expires_at_s) == Denial(reason, HOLDER)


@pytest.fixture
async def lawn(tmp_path: Path) -> AsyncIterator[GateScene]:
    async with gate_scene(tmp_path, SITE, (ANN,)) as made:
        yield made


async def test_the_reader_thanks_whoever_is_known_and_refuses_an_unknown_card(lawn: GateScene) -> None:
    lawn.read(ANN)
    lawn.read(ANN)
    lawn.read(STRANGER)
    assert lawn.shown() == ["counted", "counted", "denied"]
    granted, again, denied = await lawn.journaled()
    assert isinstance(granted, AccessGranted)
    assert isinstance(again, AccessGranted)
    assert isinstance(denied, AccessDenied)
    assert (granted.holder, denied.holder) == (ANN.holder, None)
    decisions = [line for line in lawn.technicians.lines if isinstance(line, Decision)]
    assert [line.outcome for line in decisions] == [Outcome.COUNTED, Outcome.COUNTED, Outcome.DENIED]
    assert all(line.released is None for line in decisions), "nothing opens"
