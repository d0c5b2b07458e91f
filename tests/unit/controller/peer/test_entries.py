"""What controllers take over from each other's ledgers: whole, once, from whoever may say it, also after a loss."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.clock import NS_PER_S, ManualClock
from contract.ids import ControllerId
from controller.ledger import Ledger
from controller.ledger.told import TOLD, entry_of
from controller.peer.entries import AHEAD_S, BadEntriesError, SharedEntries
from controller.peer.words import Entries, EntriesAsk

ONE, TWO, THREE = ControllerId("one"), ControllerId("two"), ControllerId("three")
NOW_NS = 1_800_000_000 * NS_PER_S
NOBODY = "0" * 24


@dataclass
class Card:
    controller: ControllerId
    verify_key: bytes


@dataclass
class Site:
    """The controllers on the list; the first keeps the reference data."""

    folder: Path
    signers: dict[ControllerId, Ed25519PrivateKey] = field(default_factory=dict)
    cards: list[Card] = field(default_factory=list)

    def place(self, name: ControllerId, file: str = "") -> "Place":
        signer = self.signers.setdefault(name, Ed25519PrivateKey.generate())
        if name not in {card.controller for card in self.cards}:
            self.cards.append(Card(name, signer.public_key().public_bytes_raw()))
        return Place(self, name, Ledger(self.folder / f"{file or name}.jsonl", name, signer))

    @property
    def now(self) -> "Site":
        return self

    @property
    def keeper(self) -> Card:
        return self.cards[0]

    def card_of(self, name: str) -> Card | None:
        return next((card for card in self.cards if card.controller == name), None)


class Place:
    """One controller's ledger and what it shares."""

    def __init__(self, site: Site, name: ControllerId, ledger: Ledger) -> None:
        listed: Any = site
        self.name, self.ledger, self.clock = name, ledger, ManualClock(NOW_NS)
        self.shared = SharedEntries(ledger, listed, self.clock, lambda each: each == site.keeper.controller)
        self._site = site
        ledger.tell_past()

    def enter(self, kind: str, **facts: str) -> None:
        self.ledger.append(kind, self.clock.now_ns(), **facts)

    def take(self, other: "Place", told: Entries | None = None) -> int:
        card: Any = self._site.card_of(other.name)
        return asyncio.run(self.shared.take(card, told or other.shared.give(EntriesAsk(0, ""))))

    def says(self) -> list[str]:
        """The kinds of all that stands here, whoever said it; what was taken over with a mark."""
        return [f"*{entry_of(each).kind}" if each.kind == TOLD else each.kind for each in self.ledger.entries()]


def at_s(second: int) -> int:
    return NOW_NS + second * NS_PER_S


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_entries_are_taken_over_once_and_only_those_that_concern_all(site: Site) -> None:
    one, two = site.place(ONE), site.place(TWO)
    one.enter("account-made", account=NOBODY, by="")
    one.enter("session-opened", account=NOBODY, how="password")
    assert two.take(one) == 1
    assert two.take(one) == one.take(two) == 0
    assert two.says() == ["*account-made"]
    assert (one.shared.last, two.shared.last) == (1, 1)


def test_what_is_known_is_not_given_again_and_a_new_ledger_is_read_from_its_first_entry(site: Site) -> None:
    one = site.place(ONE)
    for number in range(3):
        one.enter("account-made", account=f"{number:024x}", by="")
    told = one.shared.give(EntriesAsk(0, ""))
    assert (told.after, len(told.lines), told.more) == (3, 3, False)
    one.enter("member-left", account=NOBODY, by="")
    assert len(one.shared.give(EntriesAsk(told.after, told.line_hash)).lines) == 1
    assert len(one.shared.give(EntriesAsk(told.after, "f" * 64)).lines) == 4


def test_long_ledgers_come_in_parts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controller.peer.entries._MOST", 2)
    one, two = site.place(ONE), site.place(TWO)
    for number in range(5):
        one.enter("account-made", account=f"{number:024x}", by="")
    asked, taken, is_more = EntriesAsk(0, ""), [], True
    while is_more:
        told = one.shared.give(asked)
        taken.append(two.take(one, told))
        asked, is_more = EntriesAsk(told.after, told.line_hash), told.more
    assert taken == [2, 2, 1]


def test_a_controller_that_lost_its_ledger_gets_its_own_entries_back_and_a_third_one_all(site: Site) -> None:
    one, two = site.place(ONE), site.place(TWO)
    one.enter("role-given", account=NOBODY, role="commander", by="", second="")
    two.take(one)
    two.enter("authorization-withdrawn", account=NOBODY, by=NOBODY, second="")
    again = site.place(ONE, "one-again")
    again.take(two)
    assert again.says() == ["*role-given", "*authorization-withdrawn"]
    three = site.place(THREE)
    assert three.take(two) == 2
    assert three.take(again) == 0


def test_rights_are_taken_from_the_keeper_alone_and_withdrawals_from_all(site: Site) -> None:
    one, two = site.place(ONE), site.place(TWO)
    two.enter("role-given", account=NOBODY, role="commander", by="", second="")
    two.enter("role-taken", account=NOBODY, role="commander", by="", second="")
    one.take(two)
    assert one.says() == ["*role-taken"]


def test_what_a_controller_off_the_list_gave_is_taken_from_the_keeper_alone(site: Site, tmp_path: Path) -> None:
    one, two, three = (site.place(name) for name in (ONE, TWO, THREE))
    listed: Any = site
    three.shared = SharedEntries(three.ledger, listed, ManualClock(NOW_NS), lambda _: True)
    gone = Ledger(tmp_path / "gone.jsonl", ControllerId("gone"), Ed25519PrivateKey.generate())
    gone.append("role-given", NOW_NS, account=NOBODY, role="commander", by="", second="")
    [line] = [each[:-1].decode() for each in gone.lines()]
    for place in (one, two):
        place.ledger.append(TOLD, NOW_NS, controller="gone", number=1, entered="role-given", line=line)
    assert three.take(two) == 0, "whoever was removed gives no more by the mouth of another one"
    assert three.take(one) == 1


def test_what_nobody_on_the_list_has_signed_is_refused(site: Site, tmp_path: Path) -> None:
    one, two = site.place(ONE), site.place(TWO)
    forged = Ledger(tmp_path / "forged.jsonl", TWO, Ed25519PrivateKey.generate())
    forged.append("role-taken", NOW_NS, account=NOBODY, role="commander", by="", second="")
    [line] = [each[:-1] for each in forged.lines()]
    with pytest.raises(BadEntriesError, match="not signed"):
        one.take(two, Entries(1, "", [line], more=False))
    two.ledger.append(TOLD, NOW_NS, controller=ONE, number=1, entered="role-taken", line=line.decode())
    two.enter("authorization-withdrawn", account=NOBODY, by=NOBODY, second="")
    with pytest.raises(BadEntriesError, match="one has not signed"):
        one.take(two)
    assert one.says() == ["*authorization-withdrawn"], "a bad line keeps no good one back"


def test_what_is_its_own_alone_is_refused(site: Site) -> None:
    one, two = site.place(ONE), site.place(TWO)
    two.enter("session-opened", account=NOBODY, how="password")
    [line] = [each[:-1] for each in two.ledger.lines()]
    with pytest.raises(BadEntriesError, match="its own alone"):
        one.take(two, Entries(1, "", [line], more=False))


def test_an_entry_of_a_time_to_come_waits_for_it_and_says_whose_clock_is_ahead(site: Site) -> None:
    one, two, three = (site.place(name) for name in (ONE, TWO, THREE))
    two.clock.advance_to(at_s(AHEAD_S))
    two.enter("member-left", account=NOBODY, by="")
    two.clock.advance_to(at_s(AHEAD_S + 60))
    two.enter("authorization-withdrawn", account=NOBODY, by=NOBODY, second="")
    two.enter("role-taken", account=NOBODY, role="commander", by="", second="")
    three.clock.advance_to(at_s(AHEAD_S + 60))
    three.take(two)
    assert one.take(two) == 1
    assert one.take(three) == 0, "told by another one it is no older"
    assert one.says() == ["*member-left"]
    assert one.shared.ahead() == {TWO}
    assert one.shared.give(EntriesAsk(0, "")).lines == [line[:-1] for line in one.ledger.lines()], "nor told to others"
    one.clock.advance_to(at_s(59))
    one.shared.take_due()
    assert one.says() == ["*member-left"]
    one.clock.advance_to(at_s(60))
    one.shared.take_due()
    one.shared.take_due()
    assert one.says() == ["*member-left", "*authorization-withdrawn", "*role-taken"]
    assert one.shared.ahead() == set()
    assert one.take(two) == 0


def test_what_waits_for_its_time_is_dropped_with_the_last_controller_on_the_list_that_gave_it(site: Site) -> None:
    one, two, three = (site.place(name) for name in (ONE, TWO, THREE))
    for place in (two, three):
        place.clock.advance_to(at_s(AHEAD_S + 60))
    two.enter("role-taken", account=NOBODY, role="commander", by="", second="")
    three.take(two)
    one.take(two)
    one.take(three)
    site.cards = [card for card in site.cards if card.controller != TWO]
    one.shared.take_due()
    assert one.shared.ahead() == {TWO}, "another one gave it as well"
    site.cards = site.cards[:1]
    one.clock.advance_to(at_s(60))
    one.shared.take_due()
    assert (one.shared.ahead(), one.says()) == (set(), [])


def test_rights_that_waited_for_their_time_are_not_given_by_whoever_keeps_them_no_more(site: Site) -> None:
    one, two = site.place(ONE), site.place(TWO)
    one.clock.advance_to(at_s(AHEAD_S + 60))
    one.enter("role-given", account=NOBODY, role="commander", by="", second="")
    two.take(one)
    site.cards.reverse()
    two.clock.advance_to(at_s(60))
    two.shared.take_due()
    assert (two.shared.ahead(), two.says()) == (set(), [])
