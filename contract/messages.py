"""The messages between gates and controllers: MessagePack arrays, each with a version.

Belongs here: what travels over MQTT. Does not belong here: where it travels (topics.py), or what is inside a sealed
record (events.py). Up go sealed batches and health; down come *have*, time, public keys and policy manifests, all
signed. Source of the rules: architecture.md, The way of one event.
"""

from typing import Annotated, Final, TypeVar

import msgspec

from contract.camera_trouble import GapReason, PictureTrouble
from contract.ids import ControllerId, EdgeId, Epoch, SignalId
from contract.periods import Period
from contract.site import BoardKind, ReaderKind

VERSION: Final = 1
RECORDS_PER_MESSAGE: Final = 64
BYTES_PER_MESSAGE: Final = 256 * 1024
PERIODS_AHEAD: Final = 336
RecordNumber = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""A record's number within its epoch; the bit above is kept for what a controller seals beside a record."""
RING_REFUSED: Final = "ring-refused"
"""Counter of a gate's health: commits that its disk refused. While it rises, records wait in memory."""
RING_MADE_ROOM: Final = "ring-made-room"
"""Counter of a gate's health: sealed records deleted before their key's end, for want of room."""
SCREEN_REFUSED: Final = "screen-sign-in-refused"
"""Counter of a gate's health: sign-ins at the gate officer's screen that were refused."""
CONTROLLERS_SILENT: Final = "controllers-silent"
"""Counter of a gate's health: controllers that have said nothing for 24 hours."""
Interval = tuple[int, int]
"""First and last number, both included."""
T = TypeVar("T", bound=msgspec.Struct)


class BadBatchError(ValueError):
    """Bytes that are no sealed batch of this version."""


class SealedBatch(msgspec.Struct, frozen=True, array_like=True):
    """Up to 64 records of one content key: `key` is its encoded Wraps, a record is (number, nonce and ciphertext)."""

    version: int
    key: bytes
    records: list[tuple[RecordNumber, bytes]]


class RingExtent(msgspec.Struct, frozen=True, array_like=True):
    """What one epoch has in a gate's ring: first and last number, both included; `last` is `first - 1` when empty."""

    epoch: Epoch
    first: int
    last: int


class Identity(msgspec.Struct, frozen=True, array_like=True):
    """What a reader or board said of itself when it was asked; empty where it said nothing."""

    vendor: str
    model: str
    version: str
    serial: str
    firmware: str


class ReaderState(msgspec.Struct, frozen=True, array_like=True):
    """One reader as its gate sees it; `secure` is None for kinds without a secure channel.

    `identity` is None until the reader says what it is; `tampered` and `power_failed` as it last reported.
    """

    reader: str
    kind: ReaderKind
    online: bool
    secure: bool | None
    identity: Identity | None = None
    tampered: bool = False
    power_failed: bool = False


class BoardState(msgspec.Struct, frozen=True, array_like=True):
    """One board of outputs and inputs as its gate sees it; `identity` as for a reader."""

    board: str
    kind: BoardKind
    online: bool
    identity: Identity | None = None


class CameraState(msgspec.Struct, frozen=True, array_like=True):
    """One camera as its gate sees it, with the sealed segments on disk."""

    camera: str
    recording: bool
    segments: int
    oldest_dies_s: int = 0
    """When the key of the oldest of them dies (seconds since 1970-01-01 UTC); 0 without any."""
    why: GapReason | None = None
    """Why nothing is recorded; None while something is."""
    picture: PictureTrouble | None = None
    """What is wrong with the picture that is recorded."""
    cut_short: bool = False
    """Whether something had to go before its time, for want of room, that would still be there."""
    recorded_percent: int = 100
    """How much of the last hour was recorded, leaving out outages that are told while they last."""


class Health(msgspec.Struct, frozen=True, array_like=True):
    """A gate's state, and its watermark: all that `ring` names is sealed; whatever follows is stamped after `at_ns`.

    `clock_offset_ms` is the machine's clock minus the believed one; `delivered` tells whether every controller has
    all of the ring; `counters` holds what was refused, by name.
    """

    version: int
    edge: EdgeId
    epoch: Epoch
    at_ns: int
    ring: list[RingExtent]
    delivered: bool
    policy_version: int
    clock_offset_ms: int
    readers: list[ReaderState]
    cameras: list[CameraState]
    counters: dict[str, int]
    journaled: int
    """Events (without snapshots) journaled by this gate in all epochs that its ring remembers having begun."""
    boards: list[BoardState] = []
    heads: list[bytes] = []
    """The signed LedgerHead with the highest number that this gate has seen of each controller."""
    list_number: int = 0
    """Number of the list of controllers that the gate believes (contract/controllers.py)."""
    sealed_to: list[ControllerId] = []
    """The controllers to which it seals now: those on the list whose public keys it has."""
    oldest_dies_s: int = 0
    """When the key of the oldest record in the ring dies (seconds since 1970-01-01 UTC); 0 without any."""
    video: str = ""
    """Where controllers fetch its recordings, as `host:port` (contract/recordings.py); empty where they can not."""
    old_video_dies_s: int = 0
    """When the oldest key dies of video of cameras that are gone (seconds since 1970-01-01 UTC); 0 without any."""


class Have(msgspec.Struct, frozen=True, array_like=True):
    """Which numbers of one gate a controller has, as closed intervals for each epoch."""

    version: int
    controller: ControllerId
    edge: EdgeId
    known: dict[Epoch, list[Interval]]


class LedgerHead(msgspec.Struct, frozen=True, array_like=True):
    """Where a controller's ledger ended at `at_ns`: the number of its last entry (0: none) and that line's SHA-256."""

    version: int
    controller: ControllerId
    number: int
    line_hash: bytes
    at_ns: int


class SignedTime(msgspec.Struct, frozen=True, array_like=True):
    """A controller's time of day, nanoseconds since 1970-01-01 UTC.

    `head`: its LedgerHead, signed by itself, for the gate to keep as a witness; empty if there is none to keep.
    """

    version: int
    controller: ControllerId
    at_ns: int
    head: bytes = b""


class PeriodKeys(msgspec.Struct, frozen=True, array_like=True):
    """Public halves (32 bytes, X25519) of a controller's present and coming period pairs.

    `issued_ns`: when it was signed, by the controller's clock, and greater than in each message before it: a pair that
    was replaced must not come back by an old message.
    """

    version: int
    controller: ControllerId
    issued_ns: int
    keys: list[tuple[Period, bytes]]


class PolicyManifest(msgspec.Struct, frozen=True, array_like=True):
    """Which policy a gate shall have: fetched over HTTPS, checked against size and SHA-256, activated whole."""

    version: int
    controller: ControllerId
    edge: EdgeId
    policy_version: int
    sha256: bytes
    size_bytes: int


class DoorOrder(msgspec.Struct, frozen=True, array_like=True):
    """What an open operation asks of a gate's doors until `until_ns`; of a controller's orders the last issued counts.

    `exits_free`: everybody may leave, without card or button. `entries_denied`: no card lets anybody in from outside;
    leaving stays as it is. Neither: the doors are as always. `signals`: sirens and relays of the gate that shall sound;
    `signals_since_ns`: when the latest of the operations was opened for which they do, so that what was silenced in one
    sounds again in the next. Times in ns since 1970 UTC.
    """

    version: int
    controller: ControllerId
    edge: EdgeId
    issued_ns: int
    until_ns: int
    exits_free: bool
    entries_denied: bool
    signals: list[SignalId] = []
    signals_since_ns: int = 0


class ScreenNotice(msgspec.Struct, frozen=True, array_like=True):
    """A gate's screen order (contract/screen.py), `sealed` to the gate: who may sign in there, and until when."""

    version: int
    controller: ControllerId
    edge: EdgeId
    sealed: bytes


def encode(message: msgspec.Struct) -> bytes:
    """Return an unsigned message as bytes; signed ones go through contract.signing.sign."""
    return msgspec.msgpack.encode(message)


_batch_decoder = msgspec.msgpack.Decoder(SealedBatch)


def decode_batch(data: bytes) -> SealedBatch:
    """Return the sealed batch in `data`. Raises BadBatchError for anything but a batch within its limits."""
    if len(data) > 2 * BYTES_PER_MESSAGE:
        message = f"a batch of {len(data)} bytes: at most {BYTES_PER_MESSAGE} of records are allowed"
        raise BadBatchError(message)
    try:
        batch = _batch_decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"not a sealed batch: {error}"
        raise BadBatchError(message) from error
    if batch.version != VERSION:
        message = f"a batch of version {batch.version}: this program knows {VERSION}"
        raise BadBatchError(message)
    if len(batch.records) > RECORDS_PER_MESSAGE:
        message = f"{len(batch.records)} records in one message: at most {RECORDS_PER_MESSAGE} are allowed"
        raise BadBatchError(message)
    return batch
