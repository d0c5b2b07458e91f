"""Which broker is found, and why one will not do. The programs here are scripts that only tell a version."""

import sys
from pathlib import Path

import pytest

from controller.broker.binary import BrokerKind, BrokerNotFoundError, find_broker


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without brokers: an interpreter's folder and a PATH of our own."""
    for name in ("venv", "installed"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "installed"))
    monkeypatch.setattr("controller.broker.binary._SYSTEM_FOLDERS", (str(tmp_path / "sbin"),))
    return tmp_path


def program(path: Path, says: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def test_the_wheel_goes_before_an_installed_one_and_that_before_mosquitto(machine: Path) -> None:
    mosquitto = program(machine / "sbin" / "mosquitto", "mosquitto version 2.0.11")
    assert find_broker().path == mosquitto
    installed = program(machine / "installed" / "nats-server", "nats-server: v2.12.0")
    assert find_broker().path == installed
    wheel = program(machine / "venv" / "nats-server", "nats-server: v2.15.1")
    assert find_broker().path == wheel
    assert find_broker("mosquitto").kind is BrokerKind.MOSQUITTO


def test_one_that_is_too_old_is_passed_over_and_named(machine: Path) -> None:
    program(machine / "installed" / "nats-server", "nats-server: v2.9.10")
    with pytest.raises(BrokerNotFoundError, match=r"2\.9\.10, older than 2\.11"):
        find_broker()
    program(machine / "sbin" / "mosquitto", "mosquitto version 2.0.11")
    assert find_broker().kind is BrokerKind.MOSQUITTO


def test_a_path_may_be_chosen(machine: Path) -> None:
    path = program(machine / "elsewhere" / "nats-server-2", "nats-server: v2.15.1")
    assert find_broker(str(path)).path == path
    with pytest.raises(BrokerNotFoundError, match="neither nats-server nor mosquitto"):
        find_broker("/bin/true")
    with pytest.raises(BrokerNotFoundError, match="does not run"):
        find_broker(str(machine / "nowhere" / "mosquitto"))
    broken = program(machine / "elsewhere" / "mosquitto", "hello")
    with pytest.raises(BrokerNotFoundError, match="does not tell its version"):
        find_broker(str(broken))


def test_a_machine_without_broker_is_told_what_would_do(machine: Path) -> None:
    with pytest.raises(BrokerNotFoundError, match="no nats-server or mosquitto found: install"):
        find_broker()
