"""Every topic and its message: the example goes over the wire and comes back, and nothing else is taken for it."""

from typing import get_args

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract import events, messages
from contract.events import AnyEvent, DenialReason, decode_event, encode_event
from contract.ids import (
    OUTSIDE,
    AccessPointId,
    AccountId,
    ActId,
    AreaId,
    CameraId,
    ControllerId,
    HolderId,
    LaneId,
    MusterPointId,
    OperationId,
    PassId,
    PortalId,
    ReaderId,
    SignalId,
    VehicleId,
)
from contract.messages import BadBatchError, SealedBatch, decode_batch, encode
from contract.signing import (
    BadMessageError,
    BadSignatureError,
    Signed,
    UnknownSignerError,
    sign,
    verify,
)
from contract.topics import EVENTS, HAVE, TOPICS, Role, Topic

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
SIGNED = [topic for topic in TOPICS if topic.signed]
BATCHES = [topic for topic in TOPICS if not topic.signed]

HOLDER, PASS = HolderId("0" * 24), PassId("1" * 24)
ACT, OPERATION, BY, LAWN = ActId("1" * 24), OperationId("3" * 24), AccountId("a" * 24), MusterPointId("lawn")
IN, DOOR, READER, LANE = AccessPointId("in"), PortalId("door"), ReaderId("reader"), LaneId("lane")
EVENT_EXAMPLES: tuple[AnyEvent, ...] = (
    events.AccessGranted(1, IN, HOLDER, PASS, "h10301:1:2", anti_passback_overridden=True),
    events.AccessTaken(2, IN, 1),
    events.AccessNotTaken(3, IN, 1),
    events.AccessDenied(4, IN, DenialReason.PASS_EXPIRED, "h10301:1:2", HOLDER),
    events.AccessDenied(4, IN, DenialReason.UNKNOWN_CREDENTIAL, "h10301:1:2"),
    events.ReadRefused(5, READER, "parity"),
    events.DoorForced(6, DOOR),
    events.DoorHeld(7, DOOR),
    events.DoorClosed(8, DOOR),
    events.ExitRequested(9, DOOR),
    events.Tamper(10, READER, active=True),
    events.ReaderLost(11, READER, "silence"),
    events.ReaderBack(12, READER),
    events.GateRestarted(13, 12),
    events.ClockDoubted(14, -3_600_000),
    events.Duress(16, IN, 1),
    events.BadPins(17, IN),
    events.PassageWithoutGrant(18, DOOR, IN),
    events.FreeExit(19, DOOR),
    events.FireRelease(20, DOOR, active=True),
    events.PowerTrouble(21, READER, active=True),
    events.KeyRotated(22, READER),
    events.BoardLost(23, "board", "no_answer"),
    events.BoardBack(24, "board"),
    events.ControllersChanged(25, 3, [ControllerId("main"), ControllerId("second")]),
    events.Reconfirmed(26, AreaId("hall"), HOLDER),
    events.ScreenSession(27, AccountId("a" * 24), active=True),
    events.SignalSwitched(28, SignalId("siren"), active=True, by=AccountId("")),
    events.AccountedFor(30, ACT, OPERATION, HOLDER, events.Means.PHONE, AreaId(""), LAWN, BY),
    events.MarkWithdrawn(31, ACT, OPERATION, ActId("2" * 24), events.WithdrawnBecause.WRONG_PERSON, BY),
    events.UnnamedSeen(32, ACT, OPERATION, 3, AreaId(""), LAWN, BY),
    events.UnnamedPassed(33, ACT, -2, AreaId("hall"), OUTSIDE, IN, BY),
    events.AreaSwept(34, ACT, OPERATION, AreaId("hall"), 0, BY),
    events.StaysByOrder(35, ACT, OPERATION, HOLDER, AreaId("hall"), BY),
    events.Admitted(36, ACT, IN, HolderId(""), events.AdmittedBecause.MEDICAL, BY),
    events.Occupants(37, ACT, IN, 1, 3, BY),
    events.VehicleGranted(38, IN, LANE, 1, "KVZ7719Q", 93, events.Expected.DELIVERY, VehicleId("4" * 24), trailer=True),
    events.VehicleTurnedAway(39, IN, LANE, events.TurnedAway.PLATE, "KVZ7719Q", 93, events.Expected.UNKNOWN),
    events.VehicleUnseen(40, IN, AreaId("hall"), OUTSIDE, 3, 2),
    events.OccupantsDiffer(41, IN, 1, 3, 2),
    events.PeopleCrossed(42, IN, CameraId("camera"), 40, 3, 2),
    events.SignalFailed(29, SignalId("siren")),
    events.PassageSnapshot(15, CameraId("camera"), 1, b"\xff\xd8jpeg"),
)


@pytest.mark.parametrize("topic", SIGNED, ids=lambda topic: topic.name)
class TestSignedMessages:
    def test_come_back_as_they_were_sent(self, topic: Topic) -> None:
        data = sign(topic.example, "main", KEY)
        assert verify(data, topic.message, {"main": KEY.public_key()}) == ("main", topic.example)

    def test_of_somebody_else_are_refused(self, topic: Topic) -> None:
        data = sign(topic.example, "main", OTHER_KEY)
        with pytest.raises(BadSignatureError):
            verify(data, topic.message, {"main": KEY.public_key()})

    def test_of_nobody_enrolled_are_refused(self, topic: Topic) -> None:
        data = sign(topic.example, "stranger", KEY)
        with pytest.raises(UnknownSignerError):
            verify(data, topic.message, {"main": KEY.public_key()})

    def test_do_not_pass_under_another_name(self, topic: Topic) -> None:
        signed = msgspec.msgpack.decode(sign(topic.example, "main", KEY), type=Signed)
        renamed = msgspec.msgpack.encode(msgspec.structs.replace(signed, signer="second"))
        both = {"main": KEY.public_key(), "second": KEY.public_key()}
        with pytest.raises(BadSignatureError):
            verify(renamed, topic.message, both)

    def test_do_not_pass_as_another_message(self, topic: Topic) -> None:
        """The signature covers the purpose: even a body of the same shape is refused."""
        data = sign(topic.example, "main", KEY)
        impostor = msgspec.defstruct("Impostor", [("anything", msgspec.Raw)], array_like=True, frozen=True)
        with pytest.raises(BadSignatureError):
            verify(data, impostor, {"main": KEY.public_key()})

    def test_with_another_body_are_refused(self, topic: Topic) -> None:
        signed = msgspec.msgpack.decode(sign(topic.example, "main", KEY), type=Signed)
        altered = msgspec.msgpack.encode(msgspec.structs.replace(signed, body=signed.body + b"\xc0"))
        with pytest.raises(BadSignatureError):
            verify(altered, topic.message, {"main": KEY.public_key()})

    def test_with_a_cut_signature_are_refused(self, topic: Topic) -> None:
        signed = msgspec.msgpack.decode(sign(topic.example, "main", KEY), type=Signed)
        for signature in (b"", signed.signature[:-1], signed.signature + b"\0"):
            altered = msgspec.msgpack.encode(msgspec.structs.replace(signed, signature=signature))
            with pytest.raises(BadSignatureError):
                verify(altered, topic.message, {"main": KEY.public_key()})

    def test_unsigned_are_no_messages(self, topic: Topic) -> None:
        with pytest.raises(BadMessageError):
            verify(encode(topic.example), topic.message, {"main": KEY.public_key()})

    def test_say_which_version_they_are(self, topic: Topic) -> None:
        assert topic.message.__struct_fields__[0] == "version"
        assert getattr(topic.example, "version", None) == messages.VERSION


@pytest.mark.parametrize("topic", BATCHES, ids=lambda topic: topic.name)
def test_batches_come_back_as_they_were_sent(topic: Topic) -> None:
    assert decode_batch(encode(topic.example)) == topic.example


@pytest.mark.parametrize(
    "batch",
    [
        SealedBatch(2, b"wraps", []),
        SealedBatch(1, b"wraps", [(number, b"") for number in range(messages.RECORDS_PER_MESSAGE + 1)]),
        SealedBatch(1, b"wraps", [(1, bytes(2 * messages.BYTES_PER_MESSAGE))]),
        SealedBatch(1, b"wraps", [(-1, b"x")]),
        SealedBatch(1, b"wraps", [(2**63, b"x")]),
        SealedBatch(1, b"wraps", [(2**64 - 1, b"x")]),
    ],
    ids=["version", "too many", "too long", "negative number", "number of a prior", "largest number"],
)
def test_a_batch_outside_its_limits_is_refused_by_name(batch: SealedBatch) -> None:
    with pytest.raises(BadBatchError):
        decode_batch(encode(batch))


def test_the_largest_batch_that_is_allowed_is_taken() -> None:
    count = messages.RECORDS_PER_MESSAGE
    each = bytes(messages.BYTES_PER_MESSAGE // count)
    batch = SealedBatch(1, b"wraps", [(2**63 - 1 - at, each) for at in range(count)])
    assert decode_batch(encode(batch)) == batch


@pytest.mark.parametrize("event", EVENT_EXAMPLES, ids=lambda event: str(type(event).__name__))
def test_events_come_back_as_they_were_sealed(event: AnyEvent) -> None:
    back = decode_event(encode_event(event))
    assert back == event
    assert type(back) is type(event)


def test_every_event_has_an_example_and_a_tag_of_its_own() -> None:
    assert {type(event) for event in EVENT_EXAMPLES} == set(get_args(AnyEvent))
    tags = [struct.__struct_config__.tag for struct in get_args(AnyEvent)]
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
class TestTopics:
    def test_a_concrete_topic_gives_its_fields_back(self, topic: Topic) -> None:
        named = topic.of(site="here", edge="north", controller="main")
        assert "+" not in named
        fields = topic.match(named)
        assert fields is not None
        assert fields.items() <= {"site": "here", "edge": "north", "controller": "main"}.items()
        assert topic.of(**fields) == named

    def test_only_one_kind_takes_a_concrete_topic(self, topic: Topic) -> None:
        named = topic.of(site="here", edge="north", controller="main")
        assert [other.name for other in TOPICS if other.match(named) is not None] == [topic.name]

    def test_filters_and_longer_topics_are_no_topics(self, topic: Topic) -> None:
        named = topic.of(site="here", edge="north", controller="main")
        for wrong in (
            topic.of(site="here"),
            f"{named}/more",
            f"/{named}",
            named.replace("here", "he/re"),
            f"{named}\n",
        ):
            assert topic.match(wrong) is None

    def test_it_is_described(self, topic: Topic) -> None:
        assert isinstance(topic.example, topic.message)
        assert topic.what.endswith(".")
        assert {topic.publisher, topic.listener} == set(Role)

    def test_what_personal_data_could_travel_in_is_never_retained(self, topic: Topic) -> None:
        if topic.message is SealedBatch:
            assert not topic.retained


def test_topics_of_a_gate_are_told_from_those_of_a_controller() -> None:
    assert EVENTS.of(site="s", edge="e") == "sacs/v1/s/edge/e/events"
    assert HAVE.of(site="s", edge="e", controller="c") == "sacs/v1/s/controller/c/edge/e/have"
