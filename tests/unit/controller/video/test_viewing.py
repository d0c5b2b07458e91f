"""What may be looked at in which operation, of which span, and for which reason."""

import pytest

from contract.clock import NS_PER_S
from contract.ids import AccountId, CameraId, EdgeId, OperationId
from contract.periods import DAY_S, Retention
from controller.domain.operation import Operation, OperationKind, Plan, Reason, Trigger, opened
from controller.domain.video.viewing import CameraOf, VideoError, ViewingReason, check_viewing

NOW_NS = 1_800_000_000 * NS_PER_S
ONE, TWO = AccountId("1" * 24), AccountId("2" * 24)
GATE = EdgeId("north")
A, B, C = (CameraOf(GATE, CameraId(name)) for name in "abc")
RETENTION = Retention()


def operation(kind: OperationKind, trigger: Trigger = Trigger.COMMANDER) -> Operation:
    plan = None if kind is OperationKind.SEARCH else Plan.EVACUATE
    reason = {
        OperationKind.EMERGENCY: Reason.FIRE,
        OperationKind.DRILL: Reason.PLANNED_DRILL,
        OperationKind.SEARCH: Reason.MISSING_PERSON,
    }[kind]
    by = () if trigger is Trigger.FIRE_INPUT else (ONE,) if kind is OperationKind.EMERGENCY else (ONE, TWO)
    return opened(OperationId("0" * 24), kind, plan, reason, by, NOW_NS, trigger)


def refused(
    found: Operation | None,
    cameras: tuple[CameraOf, ...] = (A,),
    before_s: tuple[float, float] = (600, 300),
    reason: ViewingReason = ViewingReason.MISSING,
) -> str:
    span = (NOW_NS - int(before_s[0] * NS_PER_S), NOW_NS - int(before_s[1] * NS_PER_S))
    try:
        check_viewing(found, cameras, span, reason, RETENTION, NOW_NS)
    except VideoError as error:
        return error.code
    return ""


def test_recordings_are_shown_in_an_open_operation_whose_names_are_open() -> None:
    assert refused(operation(OperationKind.EMERGENCY)) == ""
    assert refused(operation(OperationKind.SEARCH)) == ""
    assert refused(None) == "no-operation"
    assert refused(operation(OperationKind.EMERGENCY, Trigger.FIRE_INPUT)) == "names-closed"
    over = operation(OperationKind.SEARCH).closed(ONE, NOW_NS)
    assert refused(over) == "no-operation"


@pytest.mark.parametrize("reason", list(ViewingReason))
def test_a_drill_has_a_reason_of_its_own_and_lends_it_to_nothing_else(reason: ViewingReason) -> None:
    is_exercise = reason is ViewingReason.EXERCISE
    assert (refused(operation(OperationKind.DRILL), reason=reason) == "") is is_exercise
    assert (refused(operation(OperationKind.EMERGENCY), reason=reason) == "") is not is_exercise
    assert (refused(operation(OperationKind.SEARCH), reason=reason) == "") is not is_exercise


@pytest.mark.parametrize(
    ("before_s", "code"),
    [
        ((600, 0), ""),
        ((600, -600), ""),  # it may end later than now: one goes on looking
        ((3 * 3600, 0), ""),
        ((3 * 3600 + 1, 0), "span-too-long"),
        ((300, 600), "no-span"),
        ((300, 300), "no-span"),
        ((-1, -60), "no-span"),
        ((30 * DAY_S, 30 * DAY_S - 60), ""),
        ((30 * DAY_S + 1, 30 * DAY_S - 60), ""),
        ((30 * DAY_S + 1, 30 * DAY_S), "recording-gone"),
    ],
)
def test_a_span_has_passed_is_short_and_not_past_its_limit(before_s: tuple[float, float], code: str) -> None:
    assert refused(operation(OperationKind.SEARCH), before_s=before_s) == code


@pytest.mark.parametrize(
    ("cameras", "code"), [((A, B), ""), ((), "cameras"), ((A, A), "cameras"), ((A, B, C), "cameras")]
)
def test_one_camera_or_two_side_by_side(cameras: tuple[CameraOf, ...], code: str) -> None:
    assert refused(operation(OperationKind.SEARCH), cameras=cameras) == code


def test_of_a_span_that_begins_before_its_limit_the_rest_is_shown() -> None:
    now_s, keep_s = NOW_NS // NS_PER_S, 300
    short = Retention(video_period_s=60, video_keep_s=keep_s)
    span = ((now_s - 600) * NS_PER_S, now_s * NS_PER_S)
    shown = check_viewing(operation(OperationKind.SEARCH), (A,), span, ViewingReason.MISSING, short, NOW_NS)
    assert shown == ((now_s - keep_s) * NS_PER_S, span[1])
