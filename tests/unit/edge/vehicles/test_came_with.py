"""With whom a vehicle came in: known again by its plate or its driver, and forgotten in time."""

from contract.clock import NS_PER_S
from contract.ids import HolderId
from contract.periods import Retention
from edge.domain.vehicles.remembered import CameWith

ADA, BOB, NOBODY = HolderId("a" * 24), HolderId("b" * 24), HolderId("")
RETENTION = Retention()
NOW_NS = 1_800_000_000 * NS_PER_S


def known() -> CameWith:
    made = CameWith(RETENTION)
    made.entered("W1", ADA, 3, NOW_NS)
    return made


def test_a_vehicle_is_known_by_its_plate_whoever_drives_and_else_by_its_driver() -> None:
    made = known()
    assert made.of("W1", BOB, NOW_NS) == 3
    assert made.of("", ADA, NOW_NS) == 3
    assert made.of("W1", NOBODY, NOW_NS) == 3
    assert made.of("W2", BOB, NOW_NS) is None
    assert made.of("", NOBODY, NOW_NS) is None


def test_whoever_left_by_either_name_is_forgotten_and_the_others_are_not() -> None:
    made = known()
    made.entered("W2", BOB, 1, NOW_NS)
    made.left("", ADA)
    assert (made.of("W1", ADA, NOW_NS), made.of("W2", BOB, NOW_NS), len(made)) == (None, 1, 1)


def test_of_a_vehicle_that_came_in_twice_the_later_counts() -> None:
    made = known()
    made.entered("W1", BOB, 0, NOW_NS)
    assert (made.of("W1", ADA, NOW_NS), made.of("", ADA, NOW_NS), len(made)) == (0, None, 1)


def test_nothing_outlives_the_retention() -> None:
    made = known()
    late_ns = NOW_NS + (RETENTION.movement_keep_s + RETENTION.movement_period_s) * NS_PER_S
    assert made.of("W1", ADA, late_ns) is None
    assert len(made) == 0
