"""Numbered copies: made in an open operation, entered before they leave, and ended.

Belongs here: the act of disclosure. Does not belong here: what is allowed (domain/disclosure.py), or the moment of a
hand-over (hand_over.py).
"""

import asyncio
import hashlib
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from cryptography.x509 import Certificate

from contract.clock import NS_PER_S, Clock
from contract.ids import AccountId, AreaId, OperationId
from controller.domain.disclosure import (
    TABLETS_REPORT_WITHIN_S,
    Copy,
    DisclosureError,
    DisclosureReason,
    Ending,
    Form,
    Recipient,
    Register,
    check,
    short_code,
)
from controller.domain.muster.person import State
from controller.domain.operation import Operation
from controller.ledger import Entry, Ledger
from controller.ledger.told import hearing
from controller.service.alarms import Alarms
from controller.service.disclosing import entries
from controller.service.disclosing.document import LOOKED_FOR, render
from controller.service.disclosing.envelope import enclose, load_certificate
from controller.service.disclosing.missing import Listed, Missing
from controller.service.records.notes import Notes, NoteTooLongError

CALLED: Final = frozenset(State) - {State.ENTERED}
"""Who is on a warden's list."""
COPIES_OUT: Final = "copies-out"
LISTS_OUT: Final = "tablet-lists-out"
OpenOperations = Callable[[int], tuple[Operation, ...]]


@dataclass(frozen=True)
class Document:
    """A copy as it leaves: `name` and `media_type` of the file, and its bytes."""

    copy: Copy
    name: str
    media_type: str
    data: bytes

    def __repr__(self) -> str:
        """Name nobody."""
        return f"<copy {self.copy.number}>"


@dataclass(frozen=True)
class Asked:
    """What an officer asks for. `areas`: none for the whole premises; `to_whom`: free text, kept sealed or not at all.

    `certificate`: PEM, of a file alone.
    """

    form: Form
    recipient: Recipient
    reason: DisclosureReason
    areas: tuple[AreaId, ...] = ()
    to_whom: str = ""
    certificate: str = ""


class Copies:
    """Makes copies and knows what became of them. Belongs to the event loop. `operations`: those that are open then."""

    def __init__(
        self,
        clock: Clock,
        ledger: Ledger,
        alarms: Alarms,
        operations: OpenOperations,
        missing: Missing,
        notes: Notes,
        site: str,
    ) -> None:
        self._clock: Final = clock
        self._ledger: Final = ledger
        self._alarms: Final = alarms
        self._operations: Final = operations
        self._missing: Final = missing
        self._notes: Final = notes
        self._site: Final = site
        self._one_at_a_time: Final = asyncio.Lock()
        self._over_ns: dict[OperationId, int] = {}
        """Since when this controller sees that an operation with copies out is over: ns of its boottime."""
        self._missed: dict[tuple[str, OperationId], set[int]] = {}
        """The numbers that each alarm names."""
        self.register: Final = Register()
        ledger.follow(hearing(self._fold), hearing(self._fold))

    async def give(self, by: AccountId, operation: OperationId, asked: Asked) -> Document:
        """Make a copy of who is looked for now; a warden's list is of everybody who is called, with what became of him.

        Raises DisclosureError, envelope.CertificateError, DocumentError; OSError and sqlite3.Error
        where the disk refuses: then nothing has left.
        """
        if asked.form in {Form.HAND_OVER, Form.TABLET}:
            raise DisclosureError("own-page", "a hand-over is decided on its own page, and so is what a tablet shows")
        if (asked.form is Form.FILE) is not bool(asked.certificate):
            raise DisclosureError("no-certificate", "a file, and nothing else, needs the recipient's certificate")
        for area in asked.areas:
            if not self._missing.knows(area):
                raise DisclosureError("no-area", "there is no such area: choose from those of the site")
        certificate = load_certificate(asked.certificate, self._clock.now_ns()) if asked.certificate else None
        self.check(operation, asked.form, asked.recipient, asked.reason)
        wanted = Copy(
            0, operation, asked.form, asked.recipient, asked.reason, tuple(sorted(set(asked.areas))), 0, by, 0,
            note=await self._note(asked.to_whom),
        )  # fmt: skip
        states = CALLED if asked.form is Form.WARDENS_LIST else LOOKED_FOR
        return await self.make(wanted, self._missing.called(operation, asked.areas, states), certificate)

    def check(self, operation: OperationId, form: Form, recipient: Recipient, reason: DisclosureReason) -> Operation:
        """Return the operation, if this may leave the system in it now. Raises DisclosureError."""
        now_ns = self._clock.now_ns()
        found = next((each for each in self._operations(now_ns) if each.id == operation), None)
        return check(found, form, recipient, reason, now_ns)

    async def make(self, wanted: Copy, placed: Collection[Listed], certificate: Certificate | None) -> Document:
        """Make the copy that is described, with the next number, and enter it. Raises as `give`."""
        if not placed:
            raise DisclosureError("nobody-there", "nobody is placed there by name: there is nothing to give")
        async with self._one_at_a_time:  # a number is given once
            number = self.register.next_number
            copy = replace(wanted, number=number, persons=len(placed), made_ns=self._clock.now_ns())
            document = await self.document(copy, placed, certificate)
            self.check(copy.operation, copy.form, copy.recipient, copy.reason)  # making it took its time
            digest = hashlib.sha256(document.data).hexdigest() if certificate else ""
            self._ledger.append(entries.MADE, copy.made_ns, **entries.facts_of_copy(copy, digest))
        return document

    async def enter(self, wanted: Copy) -> Copy:
        """Give a copy that is no document the next number, and enter it. Raises DisclosureError, OSError."""
        async with self._one_at_a_time:
            copy = replace(wanted, number=self.register.next_number, made_ns=self._clock.now_ns())
            self.check(copy.operation, copy.form, copy.recipient, copy.reason)
            self._ledger.append(entries.MADE, copy.made_ns, **entries.facts_of_copy(copy))
        return copy

    async def document(self, copy: Copy, placed: Iterable[Listed], certificate: Certificate | None) -> Document:
        """Return the document of a copy. Raises DocumentError."""
        lines = await self._missing.lines(placed, with_photos=copy.form is Form.HAND_OVER)
        data = await asyncio.to_thread(render, copy, lines, self._site)
        name = f"{copy.form}-{short_code(copy.operation).lower()}-copy-{copy.number}.pdf"
        if certificate is None:
            return Document(copy, name, "application/pdf", data)
        sealed = await asyncio.to_thread(enclose, data, certificate)
        return Document(copy, f"{name}.p7m", "application/pkcs7-mime; smime-type=enveloped-data", sealed)

    def end(self, by: AccountId, number: int, ending: Ending) -> Copy:
        """Put on record what became of a copy. Raises DisclosureError, OSError."""
        now_ns = self._clock.now_ns()
        ended = self.register.copy(number).ended(ending, by, now_ns)
        kind = entries.RETURNED if ending is Ending.RETURNED else entries.DESTROYED
        self._ledger.append(kind, now_ns, operation=ended.operation, copy=number, by=by)
        return ended

    async def to_whom(self, copy: Copy) -> str:
        """Return who got a copy, for as long as that note can be read; empty where there is none any more."""
        return (await self._notes.read(copy.note) or "") if copy.note else ""

    def tick(self) -> None:
        """Alarm copies that are still out though their operation is over; tablets have a while to report."""
        now_ns, passed_ns = self._clock.now_ns(), self._clock.boottime_ns()
        out = self.register.out({each.id for each in self._operations(now_ns)})
        self._over_ns = {copy.operation: self._over_ns.get(copy.operation, passed_ns) for copy in out}
        missed: dict[tuple[str, OperationId], set[int]] = {}
        for copy in out:
            is_tablet = copy.form is Form.TABLET
            if not is_tablet or passed_ns - self._over_ns[copy.operation] >= TABLETS_REPORT_WITHIN_S * NS_PER_S:
                missed.setdefault((LISTS_OUT if is_tablet else COPIES_OUT, copy.operation), set()).add(copy.number)
        for what, named in list(self._missed.items()):
            still = missed.get(what)
            if not still or still - named:  # fewer of them are no new alarm
                self._alarms.settled(what[0], place=_named(what[1], self._missed.pop(what)))
        for what, numbers in missed.items():
            place = _named(what[1], self._missed.setdefault(what, numbers))
            if what[0] == LISTS_OUT:
                self._alarms.of_system(now_ns, "tablet-lists-out", place=place)
            else:
                self._alarms.of_system(now_ns, "copies-out", place=place)

    async def _note(self, text: str) -> str:
        if not text.strip():
            return ""
        try:
            return await self._notes.write(text.strip())
        except NoteTooLongError as error:
            raise DisclosureError("note-too-long", str(error)) from None

    def _fold(self, entry: Entry) -> None:
        if entry.kind == entries.MADE:
            self.register.put(entries.copy_of(entry))
        elif ending := entries.ENDINGS.get(entry.kind):
            by = AccountId(str(entry.facts["by"]))
            with suppress(DisclosureError):  # what made it may be lost, if somebody altered the ledger
                copy = self.register.copy(int(entry.facts["copy"]))
                self.register.put(replace(copy, ending=ending, ended_ns=entries.at_ns_of(entry), ended_by=by))


def _named(operation: OperationId, numbers: Iterable[int]) -> str:
    """Return which copies of which operation an alarm is about."""
    return f"{short_code(operation)} № {', '.join(map(str, sorted(numbers)))}"
