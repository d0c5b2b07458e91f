"""One device in the process that owns its line: what to ask it next, what became of it, and what it said.

A session is asked for a question when it is its turn (turns.py), and told the answer, or that none came. It repeats
the same frame as long as the device may yet answer: a repeated sequence number makes a device repeat its answer and do
nothing twice (5.9). Silence of 8 s ends a session, as does whatever libosdp or the guard find wrong.

A command waits here until its device's next turn: outputs go first, and whoever waited too long is dropped. A door must
not open for somebody who left, because its reader came back a minute later.

Belongs here: one device. Does not belong here: the line and the others on it (turns.py), or libosdp (library.py).
"""

from collections import Counter, deque
from collections.abc import Callable
from time import CLOCK_BOOTTIME, clock_gettime_ns
from typing import Final

from drivers.osdp.guard import BadQuestionError, Guard, Verdict, bits_of
from drivers.osdp.library import Ask, Panel
from drivers.osdp.messages import (
    Answered,
    CardBits,
    Command,
    CommandRefused,
    Inputs,
    InsecureRead,
    Keys,
    LocalStatus,
    OutputControl,
    PdLost,
    PdOnline,
    PdSetup,
    Report,
    SetOutput,
)
from drivers.osdp.supervision import PdSupervisor

POLL_DUE_S: Final = 0.052
"""libosdp polls a device that is online 50 ms after its last answer, counting whole milliseconds."""
SILENT_S: Final = 8.0
"""A device that is online and silent for so long is lost (figures.md)."""
STALE_S: Final = 2.0
"""A command that its device did not get within this time is dropped."""
HANDSHAKE_REPEATS: Final = 3
REPEAT_FIRST_S: Final = 0.02
REPEAT_LAST_S: Final = 0.8
"""A device that is online but silent is asked again after these pauses: they grow, for its neighbours' sake."""
ASK_AFTER_S: Final = 0.5
"""So long a device that came online has to report its states by itself: an answer might overtake such a report."""
REFUSALS: Final = 2
"""A device that refused a kind of command so often is not asked for it again: each costs it its session."""
ANSWERS_TIMED: Final = 32
"""The edge is told how long so many answers took; all of them would wake it twenty times a second."""
_CONTACT_STATUS: Final = 1
_PLAIN: Final[dict[int, int]] = {
    OutputControl.OFF_AFTER_TIMER: OutputControl.OFF,
    OutputControl.ON_AFTER_TIMER: OutputControl.ON,
}
_MOST_WAITING: Final = 16


class PdSession:
    """One device. `counts` has its bad frames by kind. `report` takes what the edge is to know, and must not raise.

    See drivers.osdp.library.PanelEvents for the callbacks.
    """

    def __init__(self, setup: PdSetup, report: Callable[[Report], None]) -> None:
        self.address = setup.address
        self.counts: Counter[str] = Counter()
        self.is_online: bool | None = None
        """None until the device was first heard or given up."""
        self._report = report
        self._panels = [Panel(setup.address, key, self) for key in setup.keys]
        self._supervisor = PdSupervisor(len(self._panels))
        self._guard = Guard()
        self._is_open = False
        self._question = b""
        self._asked_for: Command | Ask | None = None
        self._repeats = 0
        self._asked_s = self._heard_s = 0.0
        self._times_left = 0
        self._was_heard = False
        self._due_s = 0.0
        self._outputs: deque[tuple[float, Command | Ask]] = deque()
        self._others: deque[tuple[float, Command | Ask]] = deque()
        self._refusals: Counter[type] = Counter()
        self._unknown: set[Ask] = set()
        self._ask_at_s = 0.0

    @property
    def events(self) -> int:
        """How many events libosdp leaked."""
        return sum(panel.events for panel in self._panels)

    @property
    def is_urgent(self) -> bool:
        """Whether an output waits to be switched, or a handshake is under way: four questions, then it is over."""
        return bool(self._outputs) or (self._is_open and not self.is_online and self._was_heard)

    def due_s(self) -> float:
        """When this device next has something to be asked, on the monotonic clock."""
        if (self._outputs or self._others) and not self._question:
            return 0.0
        return self._due_s if self._is_open else self._supervisor.due_s

    def question(self, now_s: float) -> bytes:
        """Return the frame to send now, or nothing."""
        if self._question:
            self._repeats += 1
            return self._question
        if self._is_open:
            self._ask_for_states(now_s)
            self._submit_waiting(now_s)
            frame = self._panel.question()
        else:
            frame = self._open(now_s)
        if not frame:
            self._nothing_to_ask(now_s)
            return b""
        try:
            self._check_address(frame)
            self._guard.ask(frame)
        except BadQuestionError:
            self.counts["question-refused"] += 1
            self.end(now_s)
            self._panel.renew()
            return b""
        self._question, self._repeats, self._asked_s = frame, 0, now_s
        return frame

    def _check_address(self, frame: bytes) -> None:
        """A device that says that it has another address now (osdp_COM) would have libosdp ask its neighbour."""
        if frame[1] != self.address:
            raise BadQuestionError("to another device")

    def take(self, frame: bytes, now_s: float) -> bool:
        """Take a frame of this device; return whether the question that was asked is done with."""
        if not self._question:
            self.counts["unasked"] += 1
            self._alarm_if_read(frame)
            return False
        match self._guard.judge(frame):
            case Verdict.ANSWER:
                self._answered(frame, now_s)
            case Verdict.REPEAT:
                self.counts["repeat-wanted"] += 1
                self._was_heard = True
                self._repeat_or_end(now_s)
            case Verdict.RESTART:
                self._was_heard = True
                self.end(now_s)
            case _:
                self.counts["not-an-answer"] += 1
                self._alarm_if_read(frame)
                return False
        return True

    def unanswered(self, now_s: float) -> None:
        """The time for an answer is over."""
        self.counts["unanswered"] += 1
        self._repeat_or_end(now_s)

    def submit(self, command: Command, now_s: float) -> None:
        """Queue a command; tells the edge if it can not be carried out."""
        queue = self._outputs if isinstance(command, SetOutput) else self._others
        if not self.is_online or len(queue) >= _MOST_WAITING:
            self._report(CommandRefused(self.address))
        elif isinstance(command, SetOutput):
            self._submit_output(command, now_s)
        elif self._refusals[type(command)] < REFUSALS:
            queue.append((now_s, command))

    def end(self, now_s: float) -> None:
        """End the session, and have the device tried again."""
        knew_no_key = self._was_heard and not self.is_online
        self._panel.close()
        self._supervisor.lost(now_s, knew_no_key=knew_no_key)
        self._is_open = False
        self._question, self._asked_for = b"", None
        self._drop_waiting()
        is_tried_again_now = self._supervisor.due_s <= now_s
        if self.is_online or (self.is_online is None and not is_tried_again_now):
            self.is_online = False
            self._report(PdLost(self.address, answers=knew_no_key))

    def line_lost(self, now_s: float) -> None:
        """The line is gone; whoever owns it tells the edge."""
        self.is_online = False
        self.end(now_s)
        self._supervisor.line_lost()

    @property
    def _panel(self) -> Panel:
        return self._panels[self._supervisor.key]

    def _answered(self, frame: bytes, now_s: float) -> None:
        self._question, self._asked_for = b"", None
        self._was_heard = True
        self._heard_s = now_s
        self._panel.answer(frame)
        is_secure = self._panel.is_secure
        if is_secure and not self.is_online:
            self._came_online(now_s)
        elif self.is_online and not is_secure:
            self.end(now_s)
            return
        self._due_s = now_s + POLL_DUE_S if self.is_online else now_s
        if self.is_online and self._times_left and not self._repeats:
            self._times_left -= 1
            self._report(Answered(self.address, (now_s - self._asked_s) * 1000))

    def _came_online(self, now_s: float) -> None:
        panel, key = self._panel, self._supervisor.key
        del self._panels[:key]
        self._supervisor.online()
        self.is_online = True
        self._times_left = ANSWERS_TIMED
        capabilities = panel.capabilities()
        self._report(PdOnline(self.address, key, panel.identity(), capabilities))
        has_inputs = any(code == _CONTACT_STATUS and items for code, _level, items in capabilities)
        self._unknown = {Ask.LOCAL, Ask.INPUTS} if has_inputs else {Ask.LOCAL}
        self._ask_at_s = now_s + ASK_AFTER_S

    def _open(self, now_s: float) -> bytes:
        """Begin a session; return its first question."""
        self._is_open = True
        self._was_heard = False
        self._heard_s = now_s
        self._panel.open()
        frame = self._panel.question()
        if not frame:  # something that the device said before keeps libosdp from speaking to it
            self._panel.renew()
            self._panel.open()
            frame = self._panel.question()
        return frame

    def _submit_output(self, command: SetOutput, now_s: float) -> None:
        """Queue an output. A device that knows no gentle locking is told the plain one."""
        refusals = self._refusals[SetOutput]
        if command.control in _PLAIN and refusals:
            if refusals >= REFUSALS:
                self._report(CommandRefused(self.address))
                return
            command = SetOutput(command.address, command.output, _PLAIN[command.control], 0)
        self._outputs.append((now_s, command))

    def _ask_for_states(self, now_s: float) -> None:
        """Most readers report their states by themselves; one that does not is asked, unless it refused that once."""
        if self.is_online and self._unknown and now_s >= self._ask_at_s:
            if not self._refusals[Ask]:
                self._others.extend((now_s, ask) for ask in self._unknown)
            self._unknown = set()

    def _submit_waiting(self, now_s: float) -> None:
        while queue := self._outputs or self._others:
            waited_since_s, command = queue.popleft()
            if now_s - waited_since_s < STALE_S and self._panel.submit(command):
                self._asked_for = command
                break
            self._report(CommandRefused(self.address))

    def _nothing_to_ask(self, now_s: float) -> None:
        if self.is_online:
            self._due_s = now_s + POLL_DUE_S / 4  # whole milliseconds of another clock: a little later it is due
        else:
            self.end(now_s)  # libosdp gave the handshake up

    def _repeat_or_end(self, now_s: float) -> None:
        if self.is_online:
            patience_s = STALE_S if isinstance(self._asked_for, SetOutput) else SILENT_S
            is_over = now_s - self._heard_s >= patience_s
        else:
            is_over = not self._was_heard or self._repeats >= HANDSHAKE_REPEATS
        if is_over:
            self.end(now_s)
            return
        self._due_s = now_s + min(REPEAT_FIRST_S * 2**self._repeats, REPEAT_LAST_S)

    def _drop_waiting(self) -> None:
        for queue in (self._outputs, self._others):
            for _ in queue:
                self._report(CommandRefused(self.address))
            queue.clear()

    def _alarm_if_read(self, frame: bytes) -> None:
        if self._guard.judge(frame) is Verdict.INSECURE_READ:
            self._report(InsecureRead(self.address, bits_of(frame)))

    def on_card(self, bits: int, data: bytes) -> None:
        """See PanelEvents."""
        if self.is_online:
            self._report(CardBits(self.address, bits, data, clock_gettime_ns(CLOCK_BOOTTIME)))
        else:
            self._report(InsecureRead(self.address, bits))

    def on_keys(self, data: bytes) -> None:
        """See PanelEvents."""
        if self.is_online:
            self._report(Keys(self.address, data, clock_gettime_ns(CLOCK_BOOTTIME)))

    def on_inputs(self, states: bytes) -> None:
        """See PanelEvents."""
        self._unknown.discard(Ask.INPUTS)
        if self.is_online:
            self._report(Inputs(self.address, states, clock_gettime_ns(CLOCK_BOOTTIME)))

    def on_local(self, report: bytes) -> None:
        """See PanelEvents."""
        self._unknown.discard(Ask.LOCAL)
        if self.is_online and len(report) >= 2:
            self._report(LocalStatus(self.address, bool(report[0]), bool(report[1])))

    def on_refused(self, kind: type) -> None:
        """See PanelEvents."""
        self._refusals[kind] += 1
        if kind is not Ask:
            self._report(CommandRefused(self.address))
