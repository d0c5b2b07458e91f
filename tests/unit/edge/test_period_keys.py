"""Which public keys are believed, and what is kept of them."""

from pathlib import Path

import pytest

from contract.clock import NS_PER_S
from contract.ids import ControllerId
from contract.messages import VERSION, PeriodKeys
from contract.periods import Kind, Retention
from contract.signing import BadMessageError, BadSignatureError, UnknownSignerError, sign
from edge.period_keys import PeriodKeyStore
from tests.unit.edge.parts import NOON_NS, PlayedController, enrol

PERIOD = Retention().period_at(Kind.MOVEMENT, NOON_NS)


@pytest.fixture
def main() -> PlayedController:
    return PlayedController()


@pytest.fixture
def other() -> PlayedController:
    return PlayedController(ControllerId("other"))


def store(folder: Path, *controllers: PlayedController) -> PeriodKeyStore:
    return PeriodKeyStore(folder, enrol([c.card() for c in controllers]).controller_keys())


async def test_each_controllers_key_counts_and_listeners_hear_of_it(
    tmp_path: Path, main: PlayedController, other: PlayedController
) -> None:
    keys = store(tmp_path, main, other)
    heard: list[int] = []
    keys.listeners.append(lambda: heard.append(1))
    assert keys.publics(PERIOD) == {}
    assert not keys.is_past(PERIOD)
    await keys.take(main.publish())
    await keys.take(other.publish())
    assert set(keys.publics(PERIOD)) == {"main", "other"}
    assert keys.publics(PERIOD)[main.name] == main.privates[PERIOD].public_key().public_bytes_raw()
    assert heard == [1, 1]


async def test_a_period_before_all_known_keys_is_past(tmp_path: Path, main: PlayedController) -> None:
    keys = store(tmp_path, main)
    await keys.take(main.publish(NOON_NS + 3600 * NS_PER_S))
    assert keys.is_past(PERIOD)
    assert not keys.is_past(PERIOD.next())


async def test_an_old_message_that_is_repeated_changes_nothing(tmp_path: Path, main: PlayedController) -> None:
    keys = store(tmp_path, main)
    old = main.publish()
    assert await keys.take(main.publish(NOON_NS + 3600 * NS_PER_S))
    assert not await keys.take(old)
    assert keys.publics(PERIOD) == {}


async def test_a_replaced_pair_does_not_come_back_by_an_old_message(tmp_path: Path, main: PlayedController) -> None:
    """Both messages begin with the same period; what was signed last counts, also for a gate that starts again."""
    keys = store(tmp_path, main)
    heard: list[int] = []
    before = main.publish()
    assert await keys.take(before)
    public = keys.publics(PERIOD)
    del main.privates[PERIOD]
    assert await keys.take(main.publish())
    replaced = keys.publics(PERIOD)
    assert replaced != public
    keys.listeners.append(lambda: heard.append(1))
    assert not await keys.take(before)
    assert not await keys.take(main.publish()), "signed anew, and nothing new in it"
    again = store(tmp_path, main)
    assert not await again.take(before)
    assert (keys.publics(PERIOD), again.publics(PERIOD), heard) == (replaced, replaced, [])


async def test_what_no_enrolled_controller_signed_is_refused(
    tmp_path: Path, main: PlayedController, other: PlayedController
) -> None:
    keys = store(tmp_path, main)
    with pytest.raises(UnknownSignerError):
        await keys.take(other.publish())
    with pytest.raises(BadSignatureError):
        await keys.take(PlayedController().publish())
    with pytest.raises(BadMessageError):
        await keys.take(sign(PeriodKeys(VERSION, other.name, 1, []), main.name, main.signer))
    with pytest.raises(BadMessageError):
        await keys.take(sign(PeriodKeys(VERSION, main.name, 1, [(PERIOD, b"short")]), main.name, main.signer))
    assert keys.publics(PERIOD) == {}


async def test_kept_keys_are_checked_again(tmp_path: Path, main: PlayedController) -> None:
    keys = store(tmp_path, main)
    await keys.take(main.publish())
    assert set(store(tmp_path, main).publics(PERIOD)) == {"main"}
    assert store(tmp_path, PlayedController()).publics(PERIOD) == {}, "enrolled anew with another key"
    file = tmp_path / "main.keys"
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_bytes(file.read_bytes()[:-1])
    assert store(tmp_path, main).publics(PERIOD) == {}
