"""The site file: what a good one says, and that a bad one is told where it is wrong and what would do."""

import json
import tomllib

import pytest

from contract.periods import Retention
from contract.site import AntiPassback, ReaderKind, Site, SiteFileError, parse_devices, parse_site

GOOD = """
[site]
id = "vienna"
time_zone = "Europe/Vienna"

[retention]
movement_period_s = 60
movement_keep_s = 300

[[area]]
id = "hall"
capacity = 40

[[access_point]]
id = "in"
from = "outside"
to = "hall"

[[access_point]]
id = "here"
from = "any"
to = "hall"

[[gate]]
id = "north"
anti_passback = "soft"

[[gate.reader]]
id = "north-in"
kind = "osdp"
access_point = "in"
device = "line-1"
address = 3

[[gate.portal]]
id = "door"
hardware = "north-in"
access_points = ["in"]

[[gate.camera]]
id = "north-camera"

[simulation]
people = 12
"""


def test_a_good_file_says_what_it_says() -> None:
    site = parse_site(GOOD)
    assert site.site.id == "vienna"
    assert str(site.time_zone()) == "Europe/Vienna"
    assert site.retention == Retention(movement_period_s=60, movement_keep_s=300)
    assert (site.access_point[0].from_area, site.access_point[0].to_area) == ("outside", "hall")
    gate = site.gate_of(site.gate[0].id)
    assert gate.anti_passback is AntiPassback.SOFT
    assert gate.reader[0].kind is ReaderKind.OSDP
    assert [camera.id for camera in gate.camera] == ["north-camera"]


def test_defaults_keep_what_the_law_allows_and_refuse_nobody() -> None:
    site = parse_site("area = []\naccess_point = []")
    assert site == Site([], [], file_sha256=site.file_sha256)
    assert site.retention == Retention()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("movement_keep_s = 300", "movement_keep_s = 90000", ["$.retention", "27(c)", "86400"]),
        ("movement_period_s = 60", 'movement_period_s = "60"', ["$.retention.movement_period_s"]),
        ("movement_keep_s = 300", "movement_keeps_s = 300", ["$.retention", "movement_keeps_s"]),
        ('kind = "osdp"', 'kind = "wiegand"', ["$.gate[0].reader[0].kind", "wiegand"]),
        ("address = 3", "adress = 3", ["$.gate[0].reader[0]", "adress"]),
        ("address = 3", "address = 127", ["$.gate[0].reader[0].address", "126"]),
        ("address = 3", "formats = []", ["$.gate[0].reader[0].formats", "length >= 1"]),
        ("capacity = 40", "capacity = -1", ["$.area[0].capacity", "0"]),
        ('id = "vienna"', 'id = "Vienna"', ["Vienna", "a-z"]),
        ('id = "north"', 'id = "north/gate"', ["north/gate", "a-z"]),
        ('[[area]]\nid = "hall"', '[[area]]\nid = " "', ["printable"]),
        ('[[area]]\nid = "hall"', '[[area]]\nid = "any"', ["any", "area"]),
        ('time_zone = "Europe/Vienna"', 'time_zone = "Europe/Atlantis"', ["Atlantis"]),
        ('time_zone = "Europe/Vienna"', 'time_zone = "../../etc/passwd"', ["etc/passwd"]),
        ('time_zone = "Europe/Vienna"', "missed_exit_rate = -0.1", ["$.site.missed_exit_rate"]),
        ('time_zone = "Europe/Vienna"', "longest_stay_h = 0", ["$.site.longest_stay_h"]),
        ('from = "outside"', 'from = "garden"', ["in", "garden", "not in the file"]),
        ('from = "any"\nto = "hall"', 'from = "hall"\nto = "any"', ["here", "any"]),
        ('from = "any"\nto = "hall"', 'from = "any"\nto = "any"', ["here", "any"]),
        ('from = "outside"', 'from = "hall"', ["in", "itself"]),
        ('access_point = "in"', 'access_point = "out"', ["north", "out", "not in the file"]),
        ('access_points = ["in"]', 'access_points = ["in", "out"]', ["north", "out", "not in the file"]),
        ('hardware = "north-in"', 'hardware = "north-out"', ["door", "north-out", "north"]),
        ('[[access_point]]\nid = "here"', '[[access_point]]\nid = "in"', ["access_point", "in", "more than once"]),
        ('[[gate.camera]]\nid = "north-camera"', '[[gate.camera]]\nid = "a/../b\\n"', ["printable"]),
        ('access_points = ["in"]', 'access_points = ["in", "in"]', ["door", "in", "once"]),
        (
            'to = "hall"\n\n[[access_point]]',
            'to = "hall"\npins = true\n\n[[access_point]]',
            ["access_point[0]", "pins"],
        ),
        ("capacity = 40", "capacty = 40", ["area[0]", "capacty"]),
        (
            "[[gate.camera]]",
            '[[gate.board]]\nid = "a\\n"\nkind = "gpio"\ndevice = "d"\nprofile = "p"\n[[gate.camera]]',
            ["printable"],
        ),
        ("[simulation]", "[simulation", ["site file"]),
    ],
)
def test_a_bad_file_is_told_where_and_what_would_do(old: str, new: str, words: list[str]) -> None:
    assert old in GOOD
    with pytest.raises(SiteFileError) as refused:
        parse_site(GOOD.replace(old, new, 1))
    assert str(refused.value).startswith("site file: ")
    assert all(word in str(refused.value) for word in words), str(refused.value)


@pytest.mark.parametrize("table", ["area", "gate", "gate.reader", "gate.portal"])
def test_what_stands_there_twice_is_refused(table: str) -> None:
    start = GOOD.index(f"[[{table}]]")
    end = GOOD.index("\n\n", start)
    twice = GOOD[: end + 1] + GOOD[start:end] + GOOD[end:]
    tomllib.loads(twice)
    with pytest.raises(SiteFileError, match="more than once"):
        parse_site(twice)


def test_a_camera_of_two_gates_is_refused() -> None:
    more = '[[gate]]\nid = "south"\n[[gate.camera]]\nid = "north-camera"\n'
    with pytest.raises(SiteFileError, match="camera north-camera stands there more than once"):
        parse_site(GOOD.replace("[simulation]", f"{more}[simulation]"))


BOARD = '[[gate.board]]\nid = "relays"\nkind = "gpio"\ndevice = "chip"\nprofile = "generic"\n'
SOUTH = '[[gate]]\nid = "south"\n'


def test_two_boards_of_one_name_are_refused() -> None:
    assert parse_site(GOOD.replace("[simulation]", f"{SOUTH}{BOARD}[simulation]")).gate[1].board
    for more in (BOARD + BOARD, BOARD + SOUTH.replace("south", "east") + BOARD):
        with pytest.raises(SiteFileError, match="board relays stands there more than once"):
            parse_site(GOOD.replace("[simulation]", f"{SOUTH}{more}[simulation]"))


def test_an_access_point_leads_through_one_portal_at_the_gate_that_reads_for_it() -> None:
    portal = '[[gate.portal]]\nid = "side"\nhardware = "south-in"\naccess_points = ["{point}"]\n'
    reader = '[[gate.reader]]\nid = "south-in"\nkind = "osdp"\naccess_point = "{reads}"\ndevice = "line-2"\n'
    for reads, point, words in (
        ("here", "in", "access_point in leads through door and side"),
        ("in", "here", "reader south-in of gate south reads for access_point in, whose portal is at gate north"),
    ):
        more = SOUTH + reader.format(reads=reads) + portal.format(point=point)
        with pytest.raises(SiteFileError, match=words):
            parse_site(GOOD.replace("[simulation]", f"{more}[simulation]"))


def test_a_gate_that_is_not_there_is_told_which_are() -> None:
    site = parse_site(GOOD.replace('id = "north"', 'id = "east"'))
    with pytest.raises(SiteFileError, match=r"no gate 'north'.*east"):
        site.gate_of(parse_site(GOOD).gate[0].id)


def test_a_device_file_gives_lines_and_keys() -> None:
    devices = parse_devices('{"lines": {"line-1": "/dev/ttyUSB0"}, "scbk": {"north-in": "00"}}')
    assert devices.lines == {"line-1": "/dev/ttyUSB0"}
    for bad in ('{"lines": 3}', '{"keys": {}}', "", '{"lines": {"a": "\ud800"'.encode("utf-8", "replace").decode()):
        with pytest.raises(SiteFileError, match="device file"):
            parse_devices(bad)


def test_a_camera_whose_address_is_none_is_named_and_its_address_is_not() -> None:
    for bad in ("http://viewer:5ec0@cam/x", "", "5ec0"):
        with pytest.raises(SiteFileError, match=r"device file.*'door'.*rtsp://") as caught:
            parse_devices(json.dumps({"cameras": {"door": bad}}))
        assert "5ec0" not in str(caught.value)


def test_a_device_file_prints_no_key_and_no_password() -> None:
    secret = {
        "scbk": {"in": "5ec0"},
        "scbk_next": {"in": "5ec0"},
        "cameras": {"c": "rtsp://5ec0"},
        "desfire_keys": {"a": "5ec0"},
    }
    assert "5ec0" not in repr(parse_devices(json.dumps({"lines": {"line": "/dev/ttyUSB0"}, **secret})))


@pytest.mark.parametrize("table", ["retentoin", "aera", "gates", "sites"])
def test_a_misspelled_table_is_not_passed_over(table: str) -> None:
    with pytest.raises(SiteFileError, match=f"{table}.*meant to be"):
        parse_site(f"area = []\naccess_point = []\n[{table}]\n")


def test_a_table_of_another_program_is_passed_over() -> None:
    assert parse_site("area = []\naccess_point = []\n[simulation]\nseed = 1\n").area == []
