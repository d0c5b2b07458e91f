"""Portals that are released by a short pulse, and time the rest by themselves."""

from pathlib import Path

from contract.ids import AccessPointId, PortalId
from drivers import ports
from tests.unit.edge.scene import gate_scene
from tests.unit.edge.test_portals import ANN, BOB, MANTRAP, TURNSTILE

IN = AccessPointId("in")


def pulsed(site: str, separator: str = "\n") -> str:
    """The site with its first portal released by a pulse; `separator` stands between two keys of a portal."""
    assert "unlock_ms = 5000" in site
    return site.replace("unlock_ms = 5000", f"unlock_ms = 500{separator}passage_ms = 8000", 1)


async def test_a_turn_long_after_the_pulse_belongs_to_the_card(tmp_path: Path) -> None:
    async with gate_scene(tmp_path, pulsed(TURNSTILE), (ANN, BOB)) as arm:
        arm.read(ANN)
        arm.after(7)
        arm.gate.take(ports.PassageCounted(PortalId("arm"), IN))
        assert await arm.names() == ["AccessGranted", "AccessTaken"]


async def test_a_turn_after_that_belongs_to_nobody(tmp_path: Path) -> None:
    async with gate_scene(tmp_path, pulsed(TURNSTILE), (ANN, BOB)) as arm:
        arm.read(ANN)
        arm.after(10)
        arm.gate.take(ports.PassageCounted(PortalId("arm"), IN))
        assert sorted(await arm.names()) == ["AccessGranted", "AccessNotTaken", "PassageWithoutGrant"]


async def test_a_pulse_is_as_long_for_whoever_needs_longer(tmp_path: Path) -> None:
    async with gate_scene(tmp_path, pulsed(TURNSTILE), (ANN, BOB)) as arm:
        arm.read(BOB)
        assert [duration_ms for duration_ms, _ in arm.unlocked("arm")] == [500]


async def test_an_interlock_waits_for_whoever_was_let_in_by_a_pulse(tmp_path: Path) -> None:
    async with gate_scene(tmp_path, pulsed(MANTRAP, ", "), (ANN, BOB)) as mantrap:
        for portal in ("door", "vault"):
            mantrap.gate.take(ports.DoorPositionChanged(PortalId(portal), open=False))
        mantrap.read(ANN)
        mantrap.after(6)
        mantrap.read(BOB, "inner")
        assert mantrap.unlocked("vault") == [], "the first may still open"
        mantrap.after(4)
        mantrap.read(BOB, "inner")
        assert len(mantrap.unlocked("vault")) == 1
