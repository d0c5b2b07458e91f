"""What became of the equipment of a gate and of the gate itself. Belongs here: events about machines."""

from contract.events.base import Event
from contract.ids import AccountId, ControllerId, ReaderId, SignalId


class Tamper(Event, frozen=True, array_like=True, tag="tamper"):
    """A reader's housing was opened (`active`) or closed."""

    reader: ReaderId
    active: bool


class ReaderLost(Event, frozen=True, array_like=True, tag="reader-lost"):
    """A reader no longer answers; `reason` in a few words of the driver."""

    reader: ReaderId
    reason: str


class ReaderBack(Event, frozen=True, array_like=True, tag="reader-back"):
    """A reader answers again."""

    reader: ReaderId


class PowerTrouble(Event, frozen=True, array_like=True, tag="power"):
    """A reader's supply failed (`active`) or came back."""

    reader: ReaderId
    active: bool


class KeyRotated(Event, frozen=True, array_like=True, tag="key-rotated"):
    """A reader answered with its next key: the one before it is refused from now on."""

    reader: ReaderId


class BoardLost(Event, frozen=True, array_like=True, tag="board-lost"):
    """A board of outputs and inputs no longer answers; `reason` in a few words of the driver."""

    board: str
    reason: str


class BoardBack(Event, frozen=True, array_like=True, tag="board-back"):
    """A board of outputs and inputs answers again."""

    board: str


class GateRestarted(Event, frozen=True, array_like=True, tag="restarted"):
    """The gate came back from an unclean stop: what happened since `doubtful_from_ns` may be missing."""

    doubtful_from_ns: int


class ClockDoubted(Event, frozen=True, array_like=True, tag="clock-doubted"):
    """The machine's clock leapt by `leap_ms` and was not believed."""

    leap_ms: int


class ControllersChanged(Event, frozen=True, array_like=True, tag="controllers-changed"):
    """From now on this gate seals to `controllers` and to nobody else, by the root's list with that `number`."""

    number: int
    controllers: list[ControllerId]


class SignalSwitched(Event, frozen=True, array_like=True, tag="signal"):
    """A siren or relay began to sound (`active`) by order of an operation, or no longer sounds.

    `by`: the gate officer who silenced it; "" where the order did it, or its end.
    """

    signal: SignalId
    active: bool
    by: AccountId


class SignalFailed(Event, frozen=True, array_like=True, tag="signal-failed"):
    """A siren or relay shall sound, and its device took no command: whoever relies on it hears nothing."""

    signal: SignalId


class ScreenSession(Event, frozen=True, array_like=True, tag="screen-session"):
    """A gate officer signed in at the gate's screen, or looks no more (`active` false). Says nothing of whom he saw."""

    account: AccountId
    active: bool
