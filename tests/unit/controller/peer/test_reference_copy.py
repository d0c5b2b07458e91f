"""The keeper's reference data, row by row at another controller: whole, readable there, and written to nowhere else."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import Session, SQLModel, select

import controller.store.accounts  # noqa: F401  its tables are among all tables
from contract.ids import HolderId
from contract.policy import AccessLevel
from contract.site import parse_site
from controller.peer.reference import OWN, BadCopyError, KeptCopy, copied_tables
from controller.peer.words import CopyAsk, ReferenceCopy, decode, encode
from controller.service.site.photos import Photos
from controller.service.site.reference import NewHolder, NewPass, Reference, ReferenceKey, RefusedError
from controller.store.reference import CredentialRow, GateRow, HolderRow, open_reference
from tests.unit.controller.disk import bytes_below
from tests.unit.controller.test_screens import PHOTO

SITE = parse_site('area = [{id = "hall"}]\naccess_point = [{id = "in", from = "outside", to = "hall"}]')
KEY = bytes(range(32))


@dataclass
class Place:
    """One controller's reference data."""

    reference: Reference
    photos: Photos
    copy: KeptCopy

    def holders(self) -> list[str]:
        with Session(self.copy._engine) as session:
            found = [self.reference.holder(row.id) for row in session.exec(select(HolderRow))]  # type: ignore[arg-type]
        return sorted(holder.name for holder in found if holder is not None)


@pytest.fixture
def places(tmp_path: Path) -> Iterator[tuple[Place, Place]]:
    made = []
    for name in ("keeper", "other"):
        engine = open_reference(tmp_path / f"{name}.db")
        reference = Reference(engine, ReferenceKey(KEY))
        reference.load_site(SITE)
        photos = Photos(engine, ReferenceKey(KEY), reference)
        made.append((engine, Place(reference, photos, KeptCopy(engine, reference, photos))))
    keeper, other = made[0][1], made[1][1]
    other.reference.kept_elsewhere = lambda: "keeper"
    yield keeper, other
    for engine, _ in made:
        engine.dispose()


def person(name: str, *cards: str) -> NewHolder:
    return NewHolder(name, "staff", [NewPass(f"PASS-{card}", [card], "all") for card in cards])


def follow(keeper: Place, other: Place, stamp: bytes = b"") -> tuple[bytes, bool]:
    """One exchange, over the wire's own bytes."""
    copy = decode(encode(keeper.copy.give(CopyAsk(stamp))), ReferenceCopy)
    return copy.stamp, other.copy.take(copy)


def test_every_table_is_copied_or_each_controllers_own() -> None:
    assert set(SQLModel.metadata.tables) > OWN
    assert {table.name for table in copied_tables()} | OWN == set(SQLModel.metadata.tables)
    assert {"holder", "pass", "pass_entry", "credential", "access_level", "gate"} <= {t.name for t in copied_tables()}


def test_the_other_one_has_what_the_keeper_has(places: tuple[Place, Place], tmp_path: Path) -> None:
    keeper, other = places
    keeper.reference.register([person("Ann Quartermaine", "card-1"), person("Bob", "card-2", "card-3")])
    keeper.reference.put_access_level("night", AccessLevel(frozenset({"in"})))  # type: ignore[arg-type]
    revision = other.reference.revision
    stamp, changed = follow(keeper, other)
    assert changed
    assert other.reference.revision != revision, "policies are made anew"
    assert other.holders() == ["Ann Quartermaine", "Bob"]
    assert other.reference.access_levels() == keeper.reference.access_levels()
    assert follow(keeper, other, stamp) == (stamp, False), "nothing new, nothing sent"
    assert keeper.copy.give(CopyAsk(stamp)).tables is None
    assert b"Quartermaine" not in encode(keeper.copy.give(CopyAsk(b"")))
    assert b"Quartermaine" not in bytes_below(tmp_path)


def test_changes_and_removals_follow(places: tuple[Place, Place]) -> None:
    keeper, other = places
    keeper.reference.register([person("Ann", "card-1"), person("Bob", "card-2")])
    stamp, _ = follow(keeper, other)
    assert keeper.reference.block("PASS-card-1", blocked=True, at_s=0)
    with Session(keeper.copy._engine) as session:
        session.delete(session.exec(select(CredentialRow)).first())
        session.add(GateRow(id="north", verify_key=bytes(32), policy_key=bytes(32), enrolled_at="2026-11-21"))
        session.commit()
    newer, changed = follow(keeper, other, stamp)
    assert changed
    assert newer != stamp
    theirs, ours = (place.copy.give(CopyAsk(b"")).tables for place in places)
    assert theirs == ours


def test_photos_follow_as_well(places: tuple[Place, Place]) -> None:
    keeper, other = places
    (holder,) = keeper.reference.register([person("Ann", "card-1")])
    stamp, _ = follow(keeper, other)
    before = other.photos.revision
    assert keeper.photos.put(holder, PHOTO)
    assert follow(keeper, other, stamp)[1]
    assert other.photos.photo(holder) == PHOTO
    assert other.photos.revision != before, "faces are made anew"


def test_a_copy_is_not_written_to(places: tuple[Place, Place]) -> None:
    keeper, other = places
    keeper.reference.register([person("Ann", "card-1")])
    follow(keeper, other)
    reference = other.reference
    for refused in (
        lambda: other.photos.put(HolderId("0" * 24), PHOTO),
        lambda: other.photos.remove(HolderId("0" * 24)),
        lambda: reference.register([person("Zoe", "card-9")]),
        lambda: reference.block("PASS-card-1", blocked=True, at_s=0),
        lambda: reference.set_entry("PASS-card-1", None, None, extended_time=True),
        lambda: reference.put_access_level("all", AccessLevel(frozenset())),
    ):
        with pytest.raises(RefusedError, match="keeper"):
            refused()
    assert other.holders() == ["Ann"]


def test_a_copy_of_another_version_is_refused_whole(places: tuple[Place, Place]) -> None:
    keeper, other = places
    keeper.reference.register([person("Ann", "card-1")])
    copy = keeper.copy.give(CopyAsk(b""))
    assert copy.tables is not None
    columns, rows = copy.tables["holder"]
    without = {name: table for name, table in copy.tables.items() if name != "holder"}
    wider = {**copy.tables, "holder": ([*columns, "more"], [[*row, 1] for row in rows])}
    for tables in (without, wider):
        with pytest.raises(BadCopyError, match="same version"):
            other.copy.take(ReferenceCopy(b"", tables))
    assert other.holders() == []
