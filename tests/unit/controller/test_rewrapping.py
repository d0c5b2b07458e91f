"""A newcomer gets content keys from a controller that has them: the same keys, as long as they live, and no longer."""

from pathlib import Path

import pytest

from contract.ids import ControllerId, EdgeId, Epoch
from contract.periods import Kind, Period, Retention
from contract.sealing import BadWrapsError, ContentKey, KeyName, NotWrappedForError, SealedBy, WrapRefusedError
from contract.signing import BadSignatureError, UnknownSignerError
from controller.service.records.key_ring import ExpiredError, ForeignSourceError, KeyRing
from controller.vault import FileVault
from tests.unit.controller.sources import MAIN, at_ns, signer_of, verify_keys

NORTH, EPOCH, SECOND = EdgeId("north"), Epoch(bytes(16)), ControllerId("second")
NOW_S = 1_800_000_000
RETENTION = Retention()
PERIOD = RETENTION.period_at(Kind.MOVEMENT, at_ns(NOW_S))
OLD = Period(Kind.MOVEMENT, PERIOD.start_s - 23 * 3600, 3600)
"""The oldest period whose key is alive."""


class Controller:
    """A vault and a key ring."""

    def __init__(self, folder: Path, name: ControllerId) -> None:
        self.name = name
        self.vault = FileVault(folder / name, name)
        self.vault.ensure(RETENTION, at_ns(NOW_S))
        self.signer = signer_of(name)
        self.ring = KeyRing(self.vault, verify_keys(NORTH, "south"), name, self.signer)

    def publics(self) -> dict[Period, bytes]:
        return {p: self.vault.public_key(p) for p in self.vault.periods()}


@pytest.fixture
def first(tmp_path: Path) -> Controller:
    made = Controller(tmp_path, MAIN)
    made.vault.ensure_past(RETENTION, at_ns(NOW_S))  # as if it had been there all day
    return made


@pytest.fixture
def second(tmp_path: Path) -> Controller:
    made = Controller(tmp_path, SECOND)
    made.vault.ensure_past(RETENTION, at_ns(NOW_S))
    return made


def sealed(first: Controller, period: Period = PERIOD, signer: str = NORTH) -> tuple[bytes, bytes]:
    """Wraps that a gate made before it knew the second controller, and a record under them."""
    key = ContentKey.draw(KeyName(NORTH, EPOCH, period))
    return key.wrap({first.name: first.vault.public_key(period)}, signer_of(signer)), key.seal(7, b"went in")


def test_pairs_of_the_past_are_those_whose_time_has_not_come(tmp_path: Path) -> None:
    vault = FileVault(tmp_path, SECOND)
    vault.ensure(RETENTION, at_ns(NOW_S))
    before = set(vault.periods())
    assert vault.ensure_past(RETENTION, at_ns(NOW_S))
    assert not vault.ensure_past(RETENTION, at_ns(NOW_S))
    made = sorted(set(vault.periods()) - before)
    assert made[0] == OLD
    assert all(RETENTION.dies_at_s(period) > NOW_S for period in made)
    assert RETENTION.dies_at_s(Period(Kind.MOVEMENT, OLD.start_s - 3600, 3600)) <= NOW_S
    assert {period.kind for period in made} == {Kind.MOVEMENT}
    assert len(made) == 23


@pytest.mark.parametrize("period", [PERIOD, OLD])
def test_it_opens_what_was_sealed_before_it_came_also_after_a_restart(
    first: Controller, second: Controller, period: Period
) -> None:
    wraps, record = sealed(first, period)
    with pytest.raises(NotWrappedForError):
        second.ring.open(wraps, NORTH)
    assert second.ring.missing == {wraps: NORTH}
    second.ring.learn(wraps, first.ring.rewrapped(wraps, SECOND, second.publics()), first.signer.public_key())
    assert not second.ring.missing
    assert second.ring.open(wraps, NORTH).open(7, record) == b"went in"
    kept = second.ring.kept_as(wraps)
    assert kept != wraps
    assert second.ring.wraps_of(NORTH, EPOCH, period.start_s)[0] == kept, "what is stored beside it opens as well"
    assert not second.ring.is_own(kept), "and is no more doubtful than any other"
    again = KeyRing(second.vault, verify_keys(NORTH), SECOND, second.signer)
    assert again.open(kept).open(7, record) == b"went in"


def test_no_limit_moves(first: Controller, second: Controller) -> None:
    wraps, _ = sealed(first, OLD)
    rewrapped = first.ring.rewrapped(wraps, SECOND, second.publics())
    first.ring.drop({OLD})
    first.vault.destroy([OLD])
    with pytest.raises(ExpiredError):
        first.ring.rewrapped(wraps, SECOND, second.publics())
    second.vault.destroy([OLD])
    with pytest.raises(ExpiredError):
        second.ring.learn(wraps, rewrapped, first.signer.public_key())


def test_what_it_learned_dies_with_its_period(first: Controller, second: Controller) -> None:
    wraps, _ = sealed(first)
    second.ring.learn(wraps, first.ring.rewrapped(wraps, SECOND, second.publics()), first.signer.public_key())
    kept = second.ring.kept_as(wraps)
    unknown, _ = sealed(first)
    with pytest.raises(NotWrappedForError):
        second.ring.open(unknown, NORTH)
    second.ring.drop({PERIOD})
    assert not second.ring.missing, "nobody is asked for what is dead"
    second.vault.destroy([PERIOD])
    assert second.ring.kept_as(wraps) == wraps
    for each in (wraps, kept):
        with pytest.raises(ExpiredError):
            second.ring.open(each)


def test_only_what_the_gate_signed_is_wrapped_again(first: Controller, second: Controller) -> None:
    for foreign in ("south", MAIN):
        wraps, _ = sealed(first, signer=foreign)
        with pytest.raises(BadSignatureError):
            first.ring.rewrapped(wraps, SECOND, second.publics())
    own, _ = first.ring.own(NORTH, EPOCH, PERIOD)
    with pytest.raises(ForeignSourceError):
        first.ring.rewrapped(own, SECOND, second.publics())
    wraps, _ = sealed(first)
    with pytest.raises(KeyError):
        first.ring.rewrapped(wraps, SECOND, {})


def test_only_a_controller_of_the_list_is_believed(first: Controller, second: Controller) -> None:
    wraps, _ = sealed(first)
    rewrapped = first.ring.rewrapped(wraps, SECOND, second.publics())
    with pytest.raises(BadSignatureError):
        second.ring.learn(wraps, rewrapped, signer_of("impostor").public_key())
    other, _ = sealed(first, OLD)
    with pytest.raises(BadWrapsError):
        second.ring.learn(other, rewrapped, first.signer.public_key())
    to_others = first.ring.rewrapped(wraps, ControllerId("third"), second.publics())
    with pytest.raises(NotWrappedForError):
        second.ring.learn(wraps, to_others, first.signer.public_key())
    plain = ContentKey.draw(KeyName(NORTH, EPOCH, PERIOD)).wrap(
        {SECOND: second.vault.public_key(PERIOD)}, first.signer, SealedBy.SOURCE
    )
    with pytest.raises(BadSignatureError):
        second.ring.learn(wraps, plain, first.signer.public_key())


def test_no_gate_can_send_what_controllers_tell_each_other(first: Controller, second: Controller) -> None:
    wraps, _ = sealed(first)
    rewrapped = first.ring.rewrapped(wraps, SECOND, second.publics())
    with pytest.raises(BadSignatureError):
        second.ring.open(rewrapped, NORTH)
    unknown = ContentKey.draw(KeyName(EdgeId("stranger"), EPOCH, PERIOD)).wrap(
        {SECOND: second.vault.public_key(PERIOD)}, second.signer
    )
    with pytest.raises(UnknownSignerError):
        second.ring.open(unknown, EdgeId("stranger"))


def test_a_lost_vault_is_asked_for_as_well(first: Controller, second: Controller, tmp_path: Path) -> None:
    wraps, _ = sealed(first)
    begun_anew = Controller(tmp_path / "new", MAIN)
    with pytest.raises(WrapRefusedError):
        begun_anew.ring.open(wraps, NORTH)
    assert begun_anew.ring.missing == {wraps: NORTH}
