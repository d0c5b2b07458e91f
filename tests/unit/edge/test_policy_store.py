"""Which policy comes into force, and that it only goes forward. Fetching is tested over real TLS (integration)."""

from pathlib import Path

import pytest

from contract.enrolment import Enrolment
from contract.ids import EdgeId
from contract.messages import VERSION, PolicyManifest
from edge.controllers import Controllers
from edge.policy_store import FILE, PolicyFetchError, PolicyStore
from tests.unit.edge.parts import ANN_CARD, EDGE, MAIN, PlayedController, enrol


@pytest.fixture
def controller() -> PlayedController:
    return PlayedController()


@pytest.fixture
def enrolment(controller: PlayedController) -> Enrolment:
    return enrol([controller.card()])


def test_a_policy_is_kept_sealed_and_found_again(
    tmp_path: Path, controller: PlayedController, enrolment: Enrolment
) -> None:
    store = PolicyStore(enrolment, tmp_path, Controllers(enrolment, tmp_path))
    assert (store.version, store.rules) == (0, None)
    sealed = controller.policy(enrolment, 3)
    store.activate(sealed)
    assert store.version == 3
    assert (tmp_path / FILE).read_bytes() == sealed
    again = PolicyStore(enrolment, tmp_path, Controllers(enrolment, tmp_path))
    again.load()
    assert again.version == 3
    assert again.rules is not None
    assert again.rules.policy.find(ANN_CARD) is not None


def test_it_never_goes_back(tmp_path: Path, controller: PlayedController, enrolment: Enrolment) -> None:
    store = PolicyStore(enrolment, tmp_path, Controllers(enrolment, tmp_path))
    store.activate(controller.policy(enrolment, 3))
    for version in (2, 3):
        with pytest.raises(PolicyFetchError, match="not later"):
            store.activate(controller.policy(enrolment, version))
    assert store.version == 3


def test_what_is_not_for_this_gate_or_not_signed_is_refused(
    tmp_path: Path, controller: PlayedController, enrolment: Enrolment
) -> None:
    store = PolicyStore(enrolment, tmp_path, Controllers(enrolment, tmp_path))
    store.activate(controller.policy(enrolment, 3))
    another_gate = enrol([controller.card()])
    impostor = PlayedController()
    for sealed in (
        controller.policy(another_gate, 4),
        impostor.policy(enrolment, 4),
        controller.policy(enrolment, 4)[:-1],
        b"",
    ):
        with pytest.raises(PolicyFetchError):
            store.activate(sealed)
    assert store.version == 3


def test_a_damaged_file_means_no_policy(tmp_path: Path, controller: PlayedController, enrolment: Enrolment) -> None:
    (tmp_path / FILE).write_bytes(controller.policy(enrolment, 3)[:100])
    store = PolicyStore(enrolment, tmp_path, Controllers(enrolment, tmp_path))
    store.load()
    assert store.rules is None
    assert store.counters["policy-failed"] == 1


def test_a_disk_that_takes_nothing_keeps_no_blocked_pass_valid(
    tmp_path: Path, controller: PlayedController, enrolment: Enrolment
) -> None:
    store = PolicyStore(enrolment, tmp_path / "file", Controllers(enrolment, tmp_path))
    (tmp_path / "file").write_text("where a folder should be")
    store.activate(controller.policy(enrolment, 3))
    assert store.version == 3
    assert store.counters["policy-not-kept"] == 1


def test_only_a_later_version_is_wanted(tmp_path: Path, controller: PlayedController, enrolment: Enrolment) -> None:
    store = PolicyStore(enrolment, tmp_path, Controllers(enrolment, tmp_path))
    store.activate(controller.policy(enrolment, 3))
    for version, is_wanted in ((2, False), (3, False), (4, True)):
        store.want(PolicyManifest(VERSION, MAIN, EdgeId(EDGE), version, bytes(32), 10))
        assert store._is_wanted.is_set() is is_wanted
