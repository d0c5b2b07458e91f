"""Rights derived from the table of topics, and how either broker is told of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from contract.client_id import client_id
from contract.ids import ControllerId, EdgeId, SiteId
from controller.broker import mosquitto, nats
from controller.broker.rules import controller_rights, edge_rights, site_rights
from controller.broker.settings import BrokerSettings
from controller.pki.folder import CertificateFiles

SITE = SiteId("demo")
A, X = EdgeId("a"), ControllerId("x")


@pytest.fixture
def settings() -> BrokerSettings:
    files = CertificateFiles(Path("/c/certificate.pem"), Path("/c/key.pem"), Path("/c/authority.pem"))
    return BrokerSettings(SITE, "127.0.0.1", 8883, Path("/state/bro ker"), files, site_rights(SITE, {A: "edge-a"}, [X]))


def test_an_edge_speaks_for_itself_and_hears_what_is_meant_for_it() -> None:
    rights = edge_rights(SITE, A, "edge-a")
    assert rights.identity == "edge-a"
    assert set(rights.publish) == {
        "sacs/v1/demo/edge/a/events",
        "sacs/v1/demo/edge/a/snapshots",
        "sacs/v1/demo/edge/a/health",
    }
    assert set(rights.subscribe) == {
        "sacs/v1/demo/controller/+/controllers",
        "sacs/v1/demo/controller/+/time",
        "sacs/v1/demo/controller/+/keys",
        "sacs/v1/demo/controller/+/edge/a/have",
        "sacs/v1/demo/controller/+/edge/a/policy",
        "sacs/v1/demo/controller/+/edge/a/screen",
        "sacs/v1/demo/controller/+/edge/a/doors",
    }


def test_a_controller_speaks_for_itself_and_hears_every_gate() -> None:
    rights = controller_rights(SITE, X)
    assert rights.identity == "controller-x"
    assert set(rights.publish) == {
        "sacs/v1/demo/controller/x/controllers",
        "sacs/v1/demo/controller/x/time",
        "sacs/v1/demo/controller/x/keys",
        "sacs/v1/demo/controller/x/edge/+/have",
        "sacs/v1/demo/controller/x/edge/+/policy",
        "sacs/v1/demo/controller/x/edge/+/screen",
        "sacs/v1/demo/controller/x/edge/+/doors",
    }
    assert set(rights.subscribe) == {
        "sacs/v1/demo/edge/+/events",
        "sacs/v1/demo/edge/+/snapshots",
        "sacs/v1/demo/edge/+/health",
    }


def test_each_identity_stands_there_once() -> None:
    assert [r.identity for r in site_rights(SITE, {A: "edge-a"}, [X, X])] == ["edge-a", "controller-x"]


def test_a_gate_and_a_controller_of_one_name_are_two_identities() -> None:
    assert len({r.identity for r in site_rights(SITE, {EdgeId("x"): "edge-x"}, [X])}) == 2


def test_nats_maps_the_certificate_and_grants_one_internal_subject(settings: BrokerSettings) -> None:
    text = nats.render(settings).files["nats-server.conf"]
    assert 'user: "CN=edge-a,O=demo"' in text
    assert text.count("verify_and_map: true") == 1
    assert text.count('allowed_connection_types: ["MQTT"]') == text.count("user:") == 2
    assert '"sacs.v1.demo.controller.*.edge.a.have"' in text
    assert '"sacs.v1.demo.controller.x.edge.*.have"' in text
    granted = [word for word in text.replace('"', " ").split() if word.startswith(("$", ">"))]
    assert granted == ["$MQTT.sub.*"] * 2
    for word in ("http", "cluster", "leafnodes", "websocket", "no_auth_user", "system_account"):
        assert word not in text


def test_mosquitto_names_each_right_and_lets_in_nobody_without_certificate(settings: BrokerSettings) -> None:
    files = mosquitto.render(settings).files
    lines = files["mosquitto.conf"].splitlines()
    for line in (
        "allow_anonymous false",
        "require_certificate true",
        "use_identity_as_username true",
        "use_username_as_clientid true",
        "acl_file /state/bro ker/mosquitto.acl",
        "listener 8883 127.0.0.1",
    ):
        assert lines.count(line) == 1
    assert sum(line.startswith("listener") for line in lines) == 1
    rules = files["mosquitto.acl"]
    assert "\nuser edge-a\ntopic write sacs/v1/demo/edge/a/events\n" in rules
    assert "readwrite" not in rules
    assert "pattern" not in rules


@pytest.mark.parametrize("folder", ["relative", '/a"b', "/a\nport 1883", "/a\\b"])
def test_a_path_that_could_become_a_setting_is_refused(settings: BrokerSettings, folder: str) -> None:
    with pytest.raises(ValueError, match="must be absolute"):
        replace(settings, folder=Path(folder))


@pytest.mark.parametrize("host", ["localhost", "", "0.0.0.0\nport 1883", '"'])
def test_only_an_address_can_be_bound_to(settings: BrokerSettings, host: str) -> None:
    with pytest.raises(ValueError, match="IPv4 or IPv6"):
        replace(settings, host=host)


def test_a_broker_without_identities_is_refused(settings: BrokerSettings) -> None:
    with pytest.raises(ValueError, match="at least one identity"):
        replace(settings, rights=())


def test_a_client_id_is_the_same_for_one_key_and_another_for_each_other() -> None:
    ids = {client_id("edge-a", b"key"), client_id("edge-a", b"key"), client_id("edge-a", b"other")}
    assert len(ids) == 2
    assert all(name.startswith("edge-a-") and b"key".hex() not in name for name in ids)
