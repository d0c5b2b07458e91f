"""Whom a gate believes, and to whom it seals: by the newest list that its root signed, and by nothing else."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.controllers import ControllerList, open_list, sign_list
from contract.enrolment import EnrolmentError, decode_enrolment, encode_enrolment
from contract.ids import ControllerId, SiteId
from contract.periods import Kind, Period
from contract.signing import SignatureError
from edge.controllers import FILE, Controllers, OldListError
from edge.period_keys import PeriodKeyStore
from edge.sealer import NoPeriodKeyError, Sealer
from tests.unit.edge.parts import EDGE, EVENT, MAIN, NOON_NS, ROOT, PlayedController, enrol, listed, site

SECOND = ControllerId("second")


@pytest.fixture
def main() -> PlayedController:
    return PlayedController()


@pytest.fixture
def second() -> PlayedController:
    return PlayedController(SECOND)


async def test_a_newer_list_counts_at_once_and_after_a_restart(
    tmp_path: Path, main: PlayedController, second: PlayedController
) -> None:
    enrolment = enrol([main.card()])
    controllers, told = Controllers(enrolment, tmp_path), []
    keys = controllers.keys
    controllers.listeners.append(lambda: told.append(controllers.listed.number))
    assert set(keys) == {MAIN}
    assert await controllers.take(listed([main.card(), second.card()], 2))
    assert set(keys) == {MAIN, SECOND}
    assert not await controllers.take(listed([main.card(), second.card()], 2)), "the same once more"
    assert told == [2]
    again = Controllers(enrolment, tmp_path)
    assert again.listed == controllers.listed
    assert [card.controller for card in again.cards] == [MAIN, SECOND]


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_a_list_that_is_not_newer_is_refused(tmp_path: Path, main: PlayedController, number: int) -> None:
    controllers = Controllers(enrol([main.card()]), tmp_path)
    assert await controllers.take(listed([main.card()], 3))
    with pytest.raises(OldListError):
        await controllers.take(listed([PlayedController(SECOND).card()], number))
    assert set(controllers.keys) == {MAIN}


async def test_a_list_of_another_root_or_site_is_refused(tmp_path: Path, main: PlayedController) -> None:
    enrolment = enrol([main.card()])
    controllers = Controllers(enrolment, tmp_path)
    newer = open_list(listed([main.card()], 9), enrolment.root_key, SiteId("site"))
    elsewhere = ControllerList(1, SiteId("other"), 9, newer.signed_at, bytes(32), newer.controllers)
    for forged in (sign_list(newer, Ed25519PrivateKey.generate()), sign_list(elsewhere, ROOT), b"", b"\xc0"):
        with pytest.raises(SignatureError):
            await controllers.take(forged)
    assert controllers.listed.number == 1
    assert not (tmp_path / FILE).exists()


async def test_a_kept_list_that_is_damaged_or_older_than_the_enrolment_is_passed_over(
    tmp_path: Path, main: PlayedController, second: PlayedController
) -> None:
    first = Controllers(enrol([main.card()]), tmp_path)
    await first.take(listed([main.card(), second.card()], 2))
    enrolled_anew = enrol([second.card()])
    assert [c.controller for c in Controllers(enrolled_anew, tmp_path).cards] == [MAIN, SECOND], "it is newer"
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes()[:-1])
    assert [c.controller for c in Controllers(enrolled_anew, tmp_path).cards] == [SECOND]


def test_an_enrolment_with_a_forged_list_is_no_enrolment(main: PlayedController) -> None:
    good = enrol([main.card()])
    assert decode_enrolment(encode_enrolment(good)) == good
    assert "key" not in repr(good)
    altered = encode_enrolment(good).replace(b'"controller_list": "', b'"controller_list": "AAAA')
    with pytest.raises(EnrolmentError, match="enrol this gate again"):
        _ = decode_enrolment(altered).controllers


async def test_it_draws_a_new_content_key_at_once_and_seals_to_whom_the_list_names(
    tmp_path: Path, main: PlayedController, second: PlayedController
) -> None:
    enrolment = enrol([main.card()])
    controllers = Controllers(enrolment, tmp_path)
    store = PeriodKeyStore(tmp_path / "keys", controllers.keys)
    sealer = Sealer(EDGE, b"e" * 16, enrolment.signer(), site().retention, store.publics)  # type: ignore[arg-type]
    await store.take(main.publish())

    def sealed_to() -> set[ControllerId]:
        wraps = sealer.seal(1, EVENT, b"plain", NOON_NS).key.wraps
        return {c.name for c in (main, second) if _opens(c, wraps)}

    def _opens(controller: PlayedController, wraps: bytes) -> bool:
        try:
            controller.open_key(wraps, enrolment)
        except Exception:  # noqa: BLE001  in whatever way it fails
            return False
        return True

    assert sealed_to() == {MAIN}
    with pytest.raises(SignatureError):
        await store.take(second.publish())  # not on the list
    await controllers.take(listed([main.card(), second.card()], 2))
    assert sealed_to() == {MAIN}, "its keys are not there yet"
    await store.take(second.publish())
    assert sealed_to() == {MAIN, SECOND}
    await controllers.take(listed([second.card()], 3))
    assert sealed_to() == {SECOND}, "nothing more to one that was removed"
    assert store.publics(Period(Kind.MOVEMENT, NOON_NS // 10**9, 3600)).keys() == {SECOND}
    await controllers.take(listed([PlayedController(MAIN).card()], 4))
    with pytest.raises(NoPeriodKeyError):
        sealer.seal(2, EVENT, b"plain", NOON_NS)
