"""Reference data: sealed at rest in every byte, each number and credential once, and told back rightly."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, delete, select

from contract.ids import AccessPointId, HolderId
from contract.policy import FOREVER_S, AccessLevel, Window, pin_digest
from contract.site import parse_site
from controller.domain.need import Need
from controller.service.site.blocked import BlockedPasses
from controller.service.site.escorts import Escorts
from controller.service.site.pins import Entry
from controller.service.site.reference import Holder, NewHolder, NewPass, Reference, ReferenceKey, RefusedError
from controller.store.reference import AccessPointRow, AreaRow, HolderRow, PassEntryRow, PortalRow, open_reference
from tests.unit.controller.disk import bytes_below

SITE = parse_site("""
area = [{id = "hall", name = "Hall", capacity = 9}, {id = "yard"}]
access_point = [
    {id = "in", from = "outside", to = "hall"},
    {id = "out", from = "hall", to = "outside"},
]
[[gate]]
id = "north"
reader = [{id = "r", kind = "serial", access_point = "in"}]
portal = [{id = "door", hardware = "r", access_points = ["in"]}]
""")
KEY = ReferenceKey(bytes(range(32)))
PLANTS = (
    "Zoe Quartermaine",
    "delegate-xylophone",
    "PASS-774411",
    "PASS-774412",
    "h10301:201:54321",
    "em4100:0badcafe01",
    "57391846",
    "57391864",
)
ZOE = NewHolder(
    PLANTS[0],
    PLANTS[1],
    [
        NewPass(PLANTS[2], [PLANTS[4]], "all", pin=PLANTS[6], duress_pin=PLANTS[7]),
        NewPass(PLANTS[3], [PLANTS[5]], "all", blocked=True),
    ],
)


def holder(number: str = "n-1", *credentials: str, level: str = "all") -> NewHolder:
    return NewHolder("Ann Other", "staff", [NewPass(number, list(credentials), level)])


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_reference(tmp_path / "state" / "reference.db")
    yield engine
    engine.dispose()


@pytest.fixture
def reference(engine: Engine) -> Reference:
    reference = Reference(engine, KEY)
    reference.load_site(SITE)
    return reference


def test_the_site_file_is_copied_each_time_anew(reference: Reference) -> None:
    for _ in range(2):
        reference.load_site(SITE)
        assert [(row.id, row.name, row.capacity) for row in reference.all_of(AreaRow)] == [
            ("hall", "Hall", 9),
            ("yard", "yard", None),
        ]
        assert [(row.id, row.gate) for row in reference.all_of(PortalRow)] == [("door", "north")]
        assert [(row.id, row.portal) for row in reference.all_of(AccessPointRow)] == [("in", "door"), ("out", None)]
    assert reference.access_levels() == {"all": AccessLevel(frozenset({AccessPointId("in"), AccessPointId("out")}))}
    smaller = parse_site('area = [{id = "hall"}]\naccess_point = []')
    reference.load_site(smaller)
    assert [row.id for row in reference.all_of(AreaRow)] == ["hall"]


def test_nothing_personal_stands_in_any_byte(reference: Reference, engine: Engine, tmp_path: Path) -> None:
    [zoe] = reference.register([ZOE])
    reference.block(PLANTS[2], blocked=True, at_s=0)
    for _ in range(2):
        everything = bytes_below(tmp_path)
        assert zoe.encode() in everything, "the random id may stand there: the scan does read the file"
        for plant in PLANTS:
            assert plant.encode() not in everything
            assert plant.encode("utf-16-le") not in everything
        engine.dispose()
    assert (tmp_path / "state" / "reference.db").stat().st_mode & 0o777 == 0o600


def test_a_holder_is_told_back_with_the_right_key_only(reference: Reference, engine: Engine) -> None:
    [zoe] = reference.register([ZOE])
    found = reference.holder(zoe)
    assert found is not None
    assert (found.id, found.name, found.category) == (zoe, PLANTS[0], PLANTS[1])
    assert reference.holder(HolderId("0" * 24)) is None
    assert reference.count_holders() == 1
    wrong = Reference(engine, ReferenceKey(bytes(32)))
    with pytest.raises(RefusedError, match="wrong vault"):
        wrong.holder(zoe)


def test_a_whole_roll_is_told_at_once(reference: Reference) -> None:
    people = reference.register([NewHolder(f"Person {n}", "staff", []) for n in range(1100)])
    found = reference.holders({*people[1:], HolderId("0" * 24)})
    assert sorted(found) == sorted(people[1:])
    assert all(found[id_] == reference.holder(id_) for id_ in (people[1], people[1099]))
    assert reference.holders([]) == {}


def test_policy_rows_tell_credentials_levels_and_blocks(reference: Reference) -> None:
    [zoe] = reference.register([ZOE])
    rows = dict(reference.policy_rows({"all": 3}, bytes(32)))
    assert set(rows) == {PLANTS[4], PLANTS[5]}
    assert {(row.holder, row.level, row.valid_from_s, row.valid_until_s) for row in rows.values()} == {
        (zoe, 3, 0, FOREVER_S)
    }
    assert (rows[PLANTS[4]].blocked, rows[PLANTS[5]].blocked) == (False, True)
    assert rows[PLANTS[4]].pass_id != rows[PLANTS[5]].pass_id
    assert reference.block(PLANTS[2], blocked=True, at_s=0)
    assert reference.block(PLANTS[3], blocked=False, at_s=0)
    rows = dict(reference.policy_rows({"all": 3}, bytes(32)))
    assert (rows[PLANTS[4]].blocked, rows[PLANTS[5]].blocked) == (True, False)
    assert not reference.block("PASS-000000", blocked=True, at_s=0)


def test_a_level_made_while_a_policy_is_written_waits_for_the_next_one(reference: Reference) -> None:
    reference.put_access_level("new", AccessLevel(frozenset({AccessPointId("in")})))
    reference.register([holder("n-1", "c-1"), holder("n-2", "c-2", level="new")])
    assert list(dict(reference.policy_rows({"all": 0}, bytes(32)))) == ["c-1"]


@pytest.mark.parametrize(
    "more",
    [
        [holder("PASS-774411", "fresh")],
        [holder("fresh", "h10301:201:54321")],
        [holder("fresh-1", "c-1"), holder("fresh-1", "c-2")],
        [holder("fresh-1", "c-1"), holder("fresh-2", "c-1")],
        [holder("fresh-1", "c-1", "c-1")],
        [holder("fresh-1", "c-1"), holder("PASS-774412"), holder("fresh-2", "c-2")],
    ],
    ids=["number", "credential", "number in one go", "credential in one go", "twice on one pass", "in the middle"],
)
def test_what_is_given_already_is_refused_whole_and_not_repeated(reference: Reference, more: list[NewHolder]) -> None:
    reference.register([ZOE])
    before, revision = dict(reference.policy_rows({"all": 0}, bytes(32))), reference.revision
    with pytest.raises(RefusedError) as refused:
        reference.register(more)
    assert "somebody already" in str(refused.value)
    assert not any(plant in str(refused.value) for plant in (*PLANTS, "fresh", "c-1", "Ann"))
    assert (dict(reference.policy_rows({"all": 0}, bytes(32))), reference.count_holders()) == (before, 1)
    assert reference.revision == revision


@pytest.mark.parametrize(
    ("from_s", "until_s"),
    [(-1, 5), (0, FOREVER_S + 1), (0, 2**70), (10, 9), (FOREVER_S + 1, FOREVER_S + 2)],
)
def test_times_that_no_policy_can_hold_are_refused(reference: Reference, from_s: int, until_s: int) -> None:
    """Once stored, such a pass would keep every gate from ever getting a policy again."""
    odd = NewHolder("Ann Other", "staff", [NewPass("n-1", ["c-1"], "all", from_s, until_s)])
    with pytest.raises(RefusedError, match="seconds since 1970"):
        reference.register([holder("n-0", "c-0"), odd])
    assert reference.count_holders() == 0


def test_text_that_is_no_text_is_refused(reference: Reference) -> None:
    for odd in (NewHolder("\ud800", "staff", []), holder("\ud800"), holder("n", "\ud800")):
        with pytest.raises(RefusedError, match="text"):
            reference.register([odd])


def test_an_unknown_level_is_refused_with_those_there_are(reference: Reference) -> None:
    with pytest.raises(RefusedError, match="there are all"):
        reference.register([holder(level="gold")])
    assert reference.count_holders() == 0


def test_levels_are_made_changed_and_checked(reference: Reference) -> None:
    night = AccessLevel(frozenset({AccessPointId("in")}), [Window(6, 0, 1440)])
    revision = reference.revision
    reference.put_access_level("night", night)
    assert reference.access_levels()["night"] == night
    assert reference.revision > revision
    with pytest.raises(RefusedError, match="no access point 'cellar'"):
        reference.put_access_level("night", AccessLevel(frozenset({AccessPointId("cellar")})))
    for window in (Window(7, 0, 60), Window(-1, 0, 60), Window(0, 60, 60), Window(0, -1, 60), Window(0, 0, 1441)):
        with pytest.raises(RefusedError, match="minutes"):
            reference.put_access_level("night", AccessLevel(frozenset(), [window]))
    assert reference.access_levels()["night"] == night


def test_a_value_opens_in_its_own_column_only() -> None:
    sealed = KEY.seal("pass", b"PASS-1")
    assert KEY.open("pass", sealed) == b"PASS-1"
    for column, value in (("credential", sealed), ("pass", sealed[:-1]), ("pass", b""), ("pass", sealed[:5])):
        with pytest.raises(RefusedError):
            KEY.open(column, value)
    assert KEY.lookup("pass", "x") != KEY.lookup("credential", "x")
    assert KEY.lookup("pass", "x") != ReferenceKey(bytes(32)).lookup("pass", "x")


def test_pins_reach_the_policy_as_digests_under_the_documents_key(reference: Reference) -> None:
    reference.register([
        NewHolder("Ann Other", "staff", [
            NewPass("n-1", ["c-1"], "all", pin="5739", duress_pin="5793", extended_time=True),
            NewPass("n-2", ["c-2"], "all", pin="5739"),
            NewPass("n-3", ["c-3"], "all"),
        ])
    ])  # fmt: skip
    key = bytes(range(32))
    rows = dict(reference.policy_rows({"all": 0}, key))
    both, one, none = (rows[credential] for credential in ("c-1", "c-2", "c-3"))
    assert both.pin == pin_digest(key, both.pass_id, "5739")
    assert both.duress_pin == pin_digest(key, both.pass_id, "5793")
    assert both.extended_time
    assert one.pin == pin_digest(key, one.pass_id, "5739") != both.pin, "bound to its pass"
    assert (one.duress_pin, one.extended_time) == (None, False)
    assert (none.pin, none.duress_pin, none.extended_time) == (None, None, False)
    assert "5739" not in repr(both)


def test_sealed_rows_do_not_tell_who_has_a_pin(reference: Reference, engine: Engine) -> None:
    reference.register([ZOE, holder("n-1", "c-1")])
    with Session(engine) as session:
        assert len({len(row.sealed) for row in session.exec(select(PassEntryRow))}) == 1


def test_a_database_of_an_earlier_version_has_passes_without_pins(reference: Reference, engine: Engine) -> None:
    reference.register([ZOE])
    with Session(engine) as session:
        session.exec(delete(PassEntryRow))
        session.commit()
    assert {row.pin for row in dict(reference.policy_rows({"all": 0}, bytes(32))).values()} == {None}
    assert reference.set_entry(PLANTS[2], "5739", None, extended_time=False)
    assert len({row.pin for row in dict(reference.policy_rows({"all": 0}, bytes(32))).values()}) == 2


@pytest.mark.parametrize(
    ("pin", "duress_pin"),
    [
        ("123", None), ("123456789", None), ("12a4", None), ("١٢٣٩", None), ("", None), (" 5739", None),
        ("0000", None), ("77777777", None), ("1234", None), ("7890", None), ("9876", None), ("3210", None),
        ("5739", "5739"), (None, "5739"), ("5739", "1111"), ("5739", ""),
    ],
)  # fmt: skip
def test_what_can_not_be_a_pin_is_refused_without_being_repeated(
    reference: Reference, pin: str | None, duress_pin: str | None
) -> None:
    odd = NewHolder("Ann Other", "staff", [NewPass("n-1", ["c-1"], "all", pin=pin, duress_pin=duress_pin)])
    with pytest.raises(RefusedError) as refused:
        reference.register([odd])
    assert not any(each and each in str(refused.value) for each in (pin, duress_pin))
    assert reference.count_holders() == 0
    assert not reference.set_entry("no such pass", "5739", None, extended_time=False)


def test_a_pass_shows_neither_number_nor_credential_nor_pin_when_it_is_printed() -> None:
    shown = repr(ZOE.passes) + repr(Entry("5739", "5793"))
    assert not any(plant in shown for plant in (*PLANTS[2:], "5739", "5793"))


def test_who_asked_to_be_listed_says_what_he_needs_and_no_byte_on_disk_does(
    reference: Reference, tmp_path: Path
) -> None:
    zoe = reference.register([ZOE])[0]
    found = reference.holder(zoe)
    assert found is not None
    assert found.needs is Need.NONE
    before = reference.revision
    assert reference.list_need(zoe, Need.EVACUATION_CHAIR)
    assert reference.revision != before
    assert reference.holders([zoe])[zoe].needs is Need.EVACUATION_CHAIR
    assert b"evacuation-chair" not in bytes_below(tmp_path)
    assert not reference.list_need(HolderId("0" * 24), Need.GUIDE)


def test_a_holder_of_an_earlier_version_is_not_listed(reference: Reference, engine: Engine) -> None:
    zoe = reference.register([ZOE])[0]
    with Session(engine) as session:
        row = session.get(HolderRow, zoe)
        assert row is not None
        row.sealed = KEY.seal("holder", msgspec.msgpack.encode(["Zoe", "staff"]))
        session.commit()
    assert reference.holders([zoe])[zoe] == Holder(zoe, "Zoe", "staff", Need.NONE)


def test_who_escorts_a_visitor_is_read_again_when_it_changes(engine: Engine) -> None:
    reference = Reference(engine, KEY)
    reference.load_site(SITE)
    reference.put_access_level("all", AccessLevel(frozenset({AccessPointId("in")}), []))
    zoe, visitor = reference.register([ZOE, holder()])
    escorts = Escorts(engine, reference)
    assert escorts.all() == {}
    assert escorts.set(visitor, zoe)
    assert escorts.all() == {visitor: zoe}
    assert escorts.set(visitor, visitor)
    assert escorts.all() == {visitor: visitor}
    assert not escorts.set(visitor, HolderId("nobody"))
    assert not escorts.set(HolderId("nobody"), zoe)
    assert escorts.set(visitor, None)
    assert escorts.all() == {}


def test_since_when_passes_are_blocked(engine: Engine) -> None:
    reference = Reference(engine, KEY)
    reference.load_site(SITE)
    reference.put_access_level("all", AccessLevel(frozenset({AccessPointId("in")}), []))
    reference.register([ZOE])
    passes = BlockedPasses(engine, reference)
    assert passes.all() == {}, "of one that was blocked when it was issued nobody asks"
    reference.block(PLANTS[2], blocked=True, at_s=7)
    assert list(passes.all().values()) == [7]
    reference.block(PLANTS[2], blocked=True, at_s=9)
    assert list(passes.all().values()) == [7]
    reference.block(PLANTS[2], blocked=False, at_s=11)
    assert passes.all() == {}
