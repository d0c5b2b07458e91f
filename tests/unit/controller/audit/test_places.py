"""The register of places says one thing of each file, whatever folder it is copied to, and knows no stranger."""

from pathlib import Path

import pytest

from controller.audit.places import PLACES, Where, passing_place_of, place_of, survey

KNOWN = {
    "records.db": "records",
    "d/copy/controller/records.db-wal": "records",
    "reference.db-shm": "reference",
    "controller/ledger.jsonl": "ledger",
    "controller/ledger-altered-2.jsonl": "ledger",
    "controller/ledger.key": "ledger key",
    "policies/north.policy": "policies",
    "controller/broker/store/jetstream/SACS/streams/$MQTT_msgs/msgs/1.blk": "broker store",
    "broker/nats-server.conf": "broker files",
    "broker-tls/key.pem": "certificates",
    "signing.key.sealed": "signing key",
    "vault/keys": "period keys",
    "vault/keys.old": "period keys",
    "vault/keys.a": "period keys",
    "vault/reference.key": "reference key",
    "vault/ledger.head": "ledger head",
    "vault/canaries.sealed": "canaries",
    "vault/enrolments/north.enrolment": "enrolments",
    "state/.clock.abc12_xy": "half-written files",
    "edges/north/ring.sqlite-wal": "ring",
    "edges/north/video/camera/20261121T000000Z-1.seg": "video",
    "edges/north/video/camera/segments.sqlite": "video table",
    "edges/north/policy.sealed": "gate policy",
    "edges/north/keys/main.keys": "public keys",
    "edges/north/heads/.main.head.new": "public keys",
    "edges/north/retired-reader-keys": "reader keys",
    "edges/north/technician.sock": "technician's socket",
    "logs/controller.log": "logs",
}
PASSING = {"/tmp/sacs-x1y2z3/truth": "sockets", "/tmp/a1b2c3d4": "probe", "/memfd:tls (deleted)": "TLS in memory"}
STRANGERS = ("core", "core.1234", "records.db.bak", "dump.sql", "people.json", "state/x", "records.dbx", "swapfile", "")


@pytest.mark.parametrize(("path", "name"), KNOWN.items())
def test_each_file_has_its_place(path: str, name: str) -> None:
    place = place_of(path)
    assert place is not None
    assert place.name == name
    kept = [each for each in PLACES if each.name != "probe"]
    assert [each.name for each in kept if each.covers(path)] == [name]


@pytest.mark.parametrize(("path", "name"), PASSING.items())
def test_what_is_opened_for_a_moment_has_a_place_of_its_own(path: str, name: str) -> None:
    place = passing_place_of(path)
    assert place is not None
    assert place.name == name
    assert place_of(path) is None


@pytest.mark.parametrize("path", STRANGERS)
def test_what_nobody_registered_has_none(path: str) -> None:
    assert place_of(path) is None


def test_every_place_says_all_that_the_guide_prints() -> None:
    assert len({place.name for place in PLACES}) == len(PLACES)
    for place in PLACES:
        assert all((place.writer, place.holds, place.sealed, place.until))
    assert {place.where for place in PLACES} == set(Where)


def test_a_survey_names_places_and_strangers(tmp_path: Path) -> None:
    for name in ("controller/records.db", "controller/records.db-wal", "edges/north/ring.sqlite", "controller/core.77"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "controller" / "link").symlink_to(tmp_path)
    met, unknown = survey([tmp_path])
    assert met == {"records", "ring"}
    assert unknown == [tmp_path / "controller" / "core.77", tmp_path / "controller" / "link"]


def test_the_guide_has_the_whole_register() -> None:
    guide = (Path(__file__).parents[4] / "docs" / "guide" / "verify-deletion.md").read_text(encoding="utf-8")
    table = [line for line in guide.split("## Where the system writes")[1].splitlines() if line.startswith("| ")][1:]
    assert table == [
        f"| {place.name} | {place.where} | {place.holds} | {place.sealed} | {place.until} |" for place in PLACES
    ]
