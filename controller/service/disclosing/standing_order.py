"""The addressees of the standing order, folded from the ledger, and whether they can be reached when it counts.

Belongs here: setting, removing, warning beforehand. Does not belong here: carrying it out (hand_over.py).
"""

from dataclasses import dataclass
from typing import Final

from cryptography.x509 import Certificate

from contract.clock import Clock, from_datetime
from contract.ids import AccountId
from controller.domain.standing_order import Addressee, StandingOrderError, Way
from controller.ledger import Entry, Ledger
from controller.ledger.told import hearing
from controller.service.alarms import Alarms
from controller.service.disclosing import entries
from controller.service.disclosing.envelope import CertificateError, ends_soon, load_certificate


@dataclass(frozen=True)
class Standing:
    """One addressee as he stands now. `ends_ns`: of the certificate, ns since 1970; `trouble`: why not, or empty."""

    addressee: Addressee
    ends_ns: int
    ends_soon: bool
    trouble: str


class StandingOrder:
    """Who gets the names if nobody decides. `ways`: those that this controller can go."""

    def __init__(self, clock: Clock, ledger: Ledger, alarms: Alarms, ways: frozenset[Way]) -> None:
        self._clock: Final = clock
        self._ledger: Final = ledger
        self._alarms: Final = alarms
        self.ways: Final = ways
        self._addressees: dict[str, Addressee] = {}
        ledger.follow(hearing(self._fold), hearing(self._fold))

    def addressees(self) -> list[Addressee]:
        """Return all addressees, in the order in which they were set."""
        return list(self._addressees.values())

    def addressee(self, id_: str) -> Addressee:
        """Return the addressee with that id. Raises StandingOrderError."""
        if id_ not in self._addressees:
            raise StandingOrderError("no-addressee", "there is no such addressee")
        return self._addressees[id_]

    def put(self, by: AccountId, addressee: Addressee) -> None:
        """Set an addressee, in the place of the one with that id if there is one.

        Raises StandingOrderError, CertificateError, OSError.
        """
        addressee.check()
        if addressee.way not in self.ways:
            raise StandingOrderError(
                "no-relay", "this controller has no mail relay: start it with one, or choose the folder"
            )
        now_ns = self._clock.now_ns()
        load_certificate(addressee.certificate, now_ns)
        self._ledger.append(entries.ADDRESSEE_SET, now_ns, by=by, **entries.facts_of_addressee(addressee))

    def remove(self, by: AccountId, id_: str) -> None:
        """Take an addressee out. Raises StandingOrderError, OSError."""
        self.addressee(id_)
        self._ledger.append(entries.ADDRESSEE_REMOVED, self._clock.now_ns(), addressee=id_, by=by)

    def certificate(self, addressee: Addressee) -> Certificate:
        """Return the certificate to which an addressee's copy is encrypted. Raises CertificateError."""
        return load_certificate(addressee.certificate, self._clock.now_ns())

    def standing(self) -> list[Standing]:
        """Return each addressee with what stands in his way."""
        return [self._standing(addressee) for addressee in self._addressees.values()]

    @property
    def holds(self) -> bool:
        """Whether at least one addressee can be reached, as far as it can be known beforehand."""
        return any(not each.trouble for each in self.standing())

    def tick(self) -> None:
        """Alarm certificates that end soon, or have ended."""
        now_ns = self._clock.now_ns()
        for each in self.standing():
            if each.trouble or each.ends_soon:
                self._alarms.of_system(now_ns, "addressee-unreachable", place=each.addressee.id)
            else:
                self._alarms.settled("addressee-unreachable", place=each.addressee.id)

    def _standing(self, addressee: Addressee) -> Standing:
        now_ns = self._clock.now_ns()
        if addressee.way not in self.ways:
            return Standing(addressee, 0, ends_soon=False, trouble="this controller has no mail relay any more")
        try:
            certificate = load_certificate(addressee.certificate, now_ns)
        except CertificateError as error:
            return Standing(addressee, 0, ends_soon=True, trouble=str(error))
        ends_ns = from_datetime(certificate.not_valid_after_utc)
        return Standing(addressee, ends_ns, ends_soon=ends_soon(certificate, now_ns), trouble="")

    def _fold(self, entry: Entry) -> None:
        if entry.kind == entries.ADDRESSEE_SET:
            addressee = entries.addressee_of(entry)
            self._addressees[addressee.id] = addressee
        elif entry.kind == entries.ADDRESSEE_REMOVED:
            self._addressees.pop(str(entry.facts["addressee"]), None)
