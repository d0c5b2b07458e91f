"""Vehicles that may come in, and deliveries that are expected: sealed at rest as people's names are, found by HMAC.

A plate leads to a person, so it is sealed under the reference key, and so is who may drive the vehicle. Nothing else is
kept: no company, no goods, no note. Belongs here: entering, finding, and the rows of a gate's policy. Does not belong
here: what a gate makes of a plate (edge/domain/vehicles), or who may write (api).
"""

import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
from sqlalchemy import Engine
from sqlalchemy import delete as delete_rows
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from contract.ids import HolderId, VehicleId, new_vehicle_id
from contract.periods import DAY_S
from contract.plates import plain_text
from contract.policy import FOREVER_S, VehicleRow, plate_digest
from controller.service.site.reference import Reference, ReferenceKey, RefusedError
from controller.store.reference import VehicleEntryRow

_BETWEEN: Final = re.compile(r"[\s.·-]+")
_PLATE: Final = re.compile(r"[A-Z0-9]{2,12}")
_COLUMN: Final = "vehicle"
_LOOKUP: Final = "plate"
KEPT_AFTER_S: Final = DAY_S
"""So long after its time a delivery that was expected is forgotten, at the latest when policies are made next."""


class VehicleRefusal(enum.StrEnum):
    """Why a vehicle can not be entered."""

    BAD_PLATE = "bad-plate"
    PLATE_ENTERED = "plate-entered"
    NO_LEVEL = "no-level"
    BAD_TIME = "bad-time"
    NO_END = "no-end"
    NO_DRIVER = "no-driver"


class VehicleRefusedError(RefusedError):
    """A vehicle that can not be entered: `code` says why; the message as well, without repeating a plate."""

    def __init__(self, code: VehicleRefusal, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class NewVehicle:
    """A vehicle that may come in, or a delivery that is expected. Times in seconds since 1970-01-01 UTC.

    `plate`: as it stands on the vehicle; blanks, points and hyphens do not count, nor do the dots of an umlaut.
    `drivers`: printed numbers of the passes of those who may drive it; none: everybody whose pass opens there.
    `is_delivery`: expected from `valid_from_s` until `valid_until_s`, and forgotten a day after.
    """

    plate: str = field(repr=False)
    access_level: str
    drivers: list[str] = field(default_factory=list, repr=False)
    valid_from_s: int = 0
    valid_until_s: int = FOREVER_S
    blocked: bool = False
    is_delivery: bool = False


@dataclass(frozen=True)
class Vehicle:
    """A vehicle that is entered. `drivers`: the names of those who may drive it."""

    id: VehicleId
    plate: str = field(repr=False)
    access_level: str
    drivers: list[str] = field(repr=False)
    valid_from_s: int
    valid_until_s: int
    blocked: bool
    is_delivery: bool


class _Personal(msgspec.Struct, frozen=True, array_like=True):
    """What is sealed of a vehicle."""

    plate: str
    drivers: list[HolderId]

    def __repr__(self) -> str:
        """Without plate and drivers."""
        return "_Personal(...)"


def plate_entered(text: str) -> str:
    """Return a plate as gates compare it. Raises VehicleRefusedError for what could not stand on a vehicle."""
    plate = _BETWEEN.sub("", plain_text(text))
    if not _PLATE.fullmatch(plate):
        message = "a plate is 2 to 12 letters A-Z and digits; blanks, points and hyphens do not count"
        raise VehicleRefusedError(VehicleRefusal.BAD_PLATE, message)
    return plate


class Vehicles:
    """Reads and writes them. Raises RefusedError for a write where the reference data is a copy."""

    def __init__(self, engine: Engine, key: ReferenceKey, reference: Reference) -> None:
        self._engine: Final = engine
        self._key: Final = key
        self._reference: Final = reference

    def register(self, vehicles: Iterable[NewVehicle]) -> list[VehicleId]:
        """Enter vehicles, all or none; return their random ids in the same order.

        A plate is entered once, and may be expected as a delivery as often as the times do not overlap. Raises
        VehicleRefusedError for one that is entered already, and for what no policy could hold.
        """
        self._reference.must_keep()
        levels = set(self._reference.access_levels())
        rows = [self._row(vehicle, levels) for vehicle in vehicles]
        ids = [VehicleId(row.id) for row in rows]
        try:
            with Session(self._engine) as session:
                _refuse_twice(session, rows)
                session.add_all(rows)
                session.commit()
        except IntegrityError:  # by somebody else, meanwhile
            raise _entered_already() from None
        self._reference.changed_elsewhere()
        return ids

    def _row(self, vehicle: NewVehicle, levels: set[str]) -> VehicleEntryRow:
        plate = plate_entered(vehicle.plate)
        if vehicle.access_level not in levels:
            message = f"no access level {vehicle.access_level!r}; there are {', '.join(sorted(levels))}"
            raise VehicleRefusedError(VehicleRefusal.NO_LEVEL, message)
        if not 0 <= vehicle.valid_from_s < vehicle.valid_until_s <= FOREVER_S:
            message = f"a vehicle may come from one to a later time, in seconds since 1970, up to {FOREVER_S}"
            raise VehicleRefusedError(VehicleRefusal.BAD_TIME, message)
        if vehicle.is_delivery and vehicle.valid_until_s == FOREVER_S:
            message = "a delivery is expected until some time: give its end"
            raise VehicleRefusedError(VehicleRefusal.NO_END, message)
        sealed = msgspec.msgpack.encode(_Personal(plate, self._drivers(vehicle.drivers)))
        return VehicleEntryRow(
            id=new_vehicle_id(),
            access_level=vehicle.access_level,
            sealed=self._key.seal(_COLUMN, sealed),
            lookup=self._key.lookup(_LOOKUP, plate),
            valid_from_s=vehicle.valid_from_s,
            valid_until_s=vehicle.valid_until_s,
            blocked=vehicle.blocked,
            is_delivery=vehicle.is_delivery,
        )

    def _drivers(self, numbers: Iterable[str]) -> list[HolderId]:
        holders = [self._reference.holder_of_pass(number) for number in numbers]
        if None in holders:
            raise VehicleRefusedError(VehicleRefusal.NO_DRIVER, "no pass has the number of one of these drivers")
        return sorted({holder.id for holder in holders if holder is not None})

    def all(self) -> list[Vehicle]:
        """Return all that are entered: vehicles by their plates, then deliveries by their times."""
        with Session(self._engine) as session:
            rows = [(row, self._opened(row)) for row in session.exec(select(VehicleEntryRow))]
        names = self._reference.holders({driver for _, personal in rows for driver in personal.drivers})
        found = [
            Vehicle(
                VehicleId(row.id), personal.plate, row.access_level,
                sorted(names[driver].name for driver in personal.drivers if driver in names),
                row.valid_from_s, row.valid_until_s, row.blocked, row.is_delivery,
            )
            for row, personal in rows
        ]  # fmt: skip
        return sorted(found, key=lambda each: (each.is_delivery, each.is_delivery and each.valid_from_s, each.plate))

    def block(self, vehicle: VehicleId, *, blocked: bool) -> bool:
        """Block or release one; return whether there is one."""
        self._reference.must_keep()
        with Session(self._engine) as session:
            row = session.get(VehicleEntryRow, vehicle)
            if row is None:
                return False
            row.blocked = blocked
            session.commit()
        self._reference.changed_elsewhere()
        return True

    def remove(self, vehicle: VehicleId) -> bool:
        """Forget one; return whether there was one."""
        self._reference.must_keep()
        with Session(self._engine) as session:
            row = session.get(VehicleEntryRow, vehicle)
            if row is None:
                return False
            session.delete(row)
            session.commit()
        self._reference.changed_elsewhere()
        return True

    def forget_past(self, now_s: int) -> None:
        """Forget the deliveries that were expected until a day ago; no gate's policy has them any more."""
        if self._reference.kept_elsewhere() is not None:
            return
        with Session(self._engine) as session:
            past = delete_rows(VehicleEntryRow).where(
                col(VehicleEntryRow.is_delivery), col(VehicleEntryRow.valid_until_s) < now_s - KEPT_AFTER_S
            )
            session.exec(past)
            session.commit()

    def policy_rows(self, level_numbers: Mapping[str, int], digest_key: bytes, now_s: int) -> list[VehicleRow]:
        """Return the rows of a gate's policy for those whose access level is among `level_numbers`, in no order.

        `level_numbers`: place of each level in the document, for levels that lead through the gate alone. `digest_key`:
        that of the document. Whose time is over is not among them.
        """
        with Session(self._engine) as session:
            rows = list(session.exec(select(VehicleEntryRow).where(col(VehicleEntryRow.valid_until_s) > now_s)))
        opened = ((row, self._opened(row)) for row in rows if row.access_level in level_numbers)
        return [
            VehicleRow(
                plate_digest(digest_key, personal.plate), VehicleId(row.id), level_numbers[row.access_level],
                row.valid_from_s, row.valid_until_s, row.blocked, row.is_delivery, personal.drivers,
            )
            for row, personal in opened
        ]  # fmt: skip

    def _opened(self, row: VehicleEntryRow) -> _Personal:
        return msgspec.msgpack.decode(self._key.open(_COLUMN, row.sealed), type=_Personal)


def _refuse_twice(session: Session, rows: Sequence[VehicleEntryRow]) -> None:
    """Raise VehicleRefusedError if a plate is entered twice, or is expected twice at one time."""
    for row in rows:
        alike = select(VehicleEntryRow).where(
            col(VehicleEntryRow.lookup) == row.lookup, col(VehicleEntryRow.is_delivery) == row.is_delivery
        )
        others = [*session.exec(alike), *(each for each in rows if each is not row and _is_alike(each, row))]
        if any(not row.is_delivery or _overlap(row, other) for other in others):
            raise _entered_already()


def _is_alike(row: VehicleEntryRow, other: VehicleEntryRow) -> bool:
    return (row.lookup, row.is_delivery) == (other.lookup, other.is_delivery)


def _overlap(row: VehicleEntryRow, other: VehicleEntryRow) -> bool:
    return row.valid_from_s < other.valid_until_s and other.valid_from_s < row.valid_until_s


def _entered_already() -> VehicleRefusedError:
    message = "one of these plates is entered already, or expected at that time: remove it first, or block it"
    return VehicleRefusedError(VehicleRefusal.PLATE_ENTERED, message)
