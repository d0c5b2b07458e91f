"""Every MQTT topic, once: its shape, its message, who publishes, who listens, and an example.

Access rules of the broker and the documentation are derived from this table; nothing repeats it.
"""

import enum
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import msgspec

from contract.controllers import ControllerCard, ControllerList
from contract.ids import ControllerId, EdgeId, Epoch, SignalId, SiteId
from contract.messages import (
    BoardState,
    CameraState,
    DoorOrder,
    Have,
    Health,
    Identity,
    PeriodKeys,
    PolicyManifest,
    ReaderState,
    RingExtent,
    ScreenNotice,
    SealedBatch,
    SignedTime,
)
from contract.periods import Kind, Period
from contract.site import BoardKind, ReaderKind

_EPOCH: Final = Epoch(bytes(range(16)))
_EDGE: Final = EdgeId("north")
_CONTROLLER: Final = ControllerId("main")
_PERIOD: Final = Period(Kind.MOVEMENT, 1_800_000_000, 3600)


class Role(enum.StrEnum):
    """The two kinds of programs on the broker; also the prefix of their certificates' names."""

    EDGE = "edge"
    CONTROLLER = "controller"


@dataclass(frozen=True)
class Topic:
    """One kind of topic. `template` has the fields {site}, {edge}, {controller}."""

    name: str
    template: str
    message: type[msgspec.Struct]
    publisher: Role
    retained: bool
    signed: bool
    example: msgspec.Struct
    what: str

    @property
    def listener(self) -> Role:
        """Who subscribes: always the other side."""
        return Role.CONTROLLER if self.publisher is Role.EDGE else Role.EDGE

    def of(self, *, site: str, edge: str = "+", controller: str = "+") -> str:
        """Return the topic, or with a `+` the filter for what is left open."""
        return self.template.format(site=site, edge=edge, controller=controller)

    def match(self, topic: str) -> dict[str, str] | None:
        """Return the fields of a concrete topic of this kind, or None if it is of another."""
        found = self._pattern.fullmatch(topic)
        return found.groupdict() if found else None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/+#]+)", self.template))


EVENTS: Final = Topic(
    "events",
    "sacs/v1/{site}/edge/{edge}/events",
    SealedBatch,
    Role.EDGE,
    retained=False,
    signed=False,
    example=SealedBatch(1, b"wraps", [(1, b"nonce and ciphertext")]),
    what="Sealed events, in order; several a message when there is a backlog.",
)
SNAPSHOTS: Final = Topic(
    "snapshots",
    "sacs/v1/{site}/edge/{edge}/snapshots",
    SealedBatch,
    Role.EDGE,
    retained=False,
    signed=False,
    example=SealedBatch(1, b"wraps", [(2, b"nonce and ciphertext")]),
    what="Sealed pictures of passages: apart from events and after them.",
)
HEALTH: Final = Topic(
    "health",
    "sacs/v1/{site}/edge/{edge}/health",
    Health,
    Role.EDGE,
    retained=False,
    signed=True,
    example=Health(
        1,
        _EDGE,
        _EPOCH,
        1_800_000_000_000_000_000,
        [RingExtent(_EPOCH, 1, 7)],
        delivered=True,
        policy_version=3,
        clock_offset_ms=-4,
        readers=[ReaderState("north-in", ReaderKind.OSDP, online=True, secure=True)],
        cameras=[CameraState("north-camera", recording=True, segments=12)],
        counters={"parity": 1},
        journaled=7,
        boards=[BoardState("relays", BoardKind.MODBUS, online=True, identity=Identity("", "WS-8", "1", "", "1.0"))],
        list_number=2,
        sealed_to=[_CONTROLLER],
    ),
    what="State of a gate and its watermark, every few seconds.",
)
HAVE: Final = Topic(
    "have",
    "sacs/v1/{site}/controller/{controller}/edge/{edge}/have",
    Have,
    Role.CONTROLLER,
    retained=False,
    signed=True,
    example=Have(1, _CONTROLLER, _EDGE, {_EPOCH: [(1, 5), (7, 7)]}),
    what="Which records of a gate this controller has; the gate sends the others again.",
)
TIME: Final = Topic(
    "time",
    "sacs/v1/{site}/controller/{controller}/time",
    SignedTime,
    Role.CONTROLLER,
    retained=False,
    signed=True,
    example=SignedTime(1, _CONTROLLER, 1_800_000_000_000_000_000),
    what="The time of day, to be believed; not retained, for a late time is a wrong one.",
)
KEYS: Final = Topic(
    "keys",
    "sacs/v1/{site}/controller/{controller}/keys",
    PeriodKeys,
    Role.CONTROLLER,
    retained=True,
    signed=True,
    example=PeriodKeys(1, _CONTROLLER, 1_800_000_000_000_000_000, [(_PERIOD, bytes(32))]),
    what="Public keys of the present and coming periods.",
)
POLICY: Final = Topic(
    "policy",
    "sacs/v1/{site}/controller/{controller}/edge/{edge}/policy",
    PolicyManifest,
    Role.CONTROLLER,
    retained=True,
    signed=True,
    example=PolicyManifest(1, _CONTROLLER, _EDGE, 3, bytes(32), 4096),
    what="Which policy a gate shall fetch.",
)
DOORS: Final = Topic(
    "doors",
    "sacs/v1/{site}/controller/{controller}/edge/{edge}/doors",
    DoorOrder,
    Role.CONTROLLER,
    retained=True,
    signed=True,
    example=DoorOrder(
        1,
        _CONTROLLER,
        _EDGE,
        1_800_000_000_000_000_000,
        1_800_003_600_000_000_000,
        exits_free=True,
        entries_denied=False,
        signals=[SignalId("north-siren")],
        signals_since_ns=1_800_000_000_000_000_000,
    ),
    what="What an open operation asks of a gate's doors and sirens, and until when.",
)
SCREEN: Final = Topic(
    "screen",
    "sacs/v1/{site}/controller/{controller}/edge/{edge}/screen",
    ScreenNotice,
    Role.CONTROLLER,
    retained=True,
    signed=True,
    example=ScreenNotice(1, _CONTROLLER, _EDGE, b"sealed order"),
    what="What the gate officer's screen of a gate may show, and to whom; sealed to the gate.",
)
CONTROLLERS: Final = Topic(
    "controllers",
    "sacs/v1/{site}/controller/{controller}/controllers",
    ControllerList,
    Role.CONTROLLER,
    retained=True,
    signed=True,
    example=ControllerList(
        1,
        SiteId("here"),
        2,
        "2027-01-15T08:00:00+00:00",
        bytes(32),
        [ControllerCard(_CONTROLLER, bytes(32), bytes(32), "PEM", "192.0.2.1", 8883, "192.0.2.1", 8443)],
    ),
    what="The controllers of the site, as the root listed and signed them, whoever passes the list on.",
)

TOPICS: Final = (EVENTS, SNAPSHOTS, HEALTH, HAVE, TIME, KEYS, POLICY, DOORS, SCREEN, CONTROLLERS)
