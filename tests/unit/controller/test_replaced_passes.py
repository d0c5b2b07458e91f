"""A pass that was blocked and is granted all the same: told when it happens, known of its holder after a restart."""

from pathlib import Path

from contract.events import AccessGranted
from contract.ids import AccessPointId, HolderId, PassId
from controller.domain.presence.chain import Evidence
from tests.unit.controller.kept import START_S, Kept
from tests.unit.controller.sources import at_ns

OLD, NEW = PassId("old"), PassId("new")


def granted(second: int, holder: str, pass_id: PassId) -> AccessGranted:
    return AccessGranted(at_ns(START_S + second), AccessPointId("in"), HolderId(holder), pass_id, "card")


def evidence(kept: Kept) -> dict[str, Evidence]:
    return {placed.holder: placed.evidence for placed in kept.movements.presence.inside()}


async def test_a_pass_that_was_blocked_before_contradicts(tmp_path: Path) -> None:
    kept = await Kept(tmp_path).begin()
    kept.blocked[OLD] = int(START_S) + 10
    north = kept.source()
    await kept.take(north, {1: granted(9, "ann", OLD), 2: granted(11, "bob", OLD), 3: granted(12, "cem", NEW)})
    expected = {"ann": Evidence.GRANTED_ONLY, "bob": Evidence.CONTRADICTED, "cem": Evidence.GRANTED_ONLY}
    assert evidence(kept) == expected
    assert [line.kind for line in kept.alarms.lines()] == ["replaced-in-use"]
    kept.close()
    again = Kept(tmp_path, kept.clock, blocked=kept.blocked)
    assert evidence(again) == expected
    again.close()
