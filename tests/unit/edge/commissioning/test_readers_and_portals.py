"""The checks of readers, boards and portals, over drivers that a test makes do this or that."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from contract.ids import AccessPointId, PortalId, ReaderId
from contract.site import Gate, parse_site
from drivers import ports
from edge.commissioning import portals as portals_module
from edge.commissioning import readers as readers_module
from edge.commissioning.finding import Finding, Verdict
from edge.commissioning.portals import check_portals
from edge.commissioning.readers import check_readers
from edge.commissioning.seen import watching
from edge.gate import Devices

SITE = """
area = [{id = "inside"}]
access_point = [{id = "in", from = "outside", to = "inside"}, {id = "out", from = "inside", to = "outside"}]

[[gate]]
id = "g"
reader = [
  {id = "entry", kind = "osdp", access_point = "in", device = "bus"},
  {id = "exit", kind = "serial", access_point = "out", device = "line"},
]

[[gate.portal]]
id = "door"
hardware = "entry"
access_points = ["in", "out"]
unlock_ms = 1000
"""
LINES = {"bus": "/dev/serial/by-id/bus", "line": "/dev/line"}
ENTRY, EXIT, DOOR = ReaderId("entry"), ReaderId("exit"), PortalId("door")
CARD = ports.Credential(format="h10301", number=1, facility=1)


class Reader:
    """A reader that reports what it is given, and hands its sink to the test."""

    def __init__(self, reader: ReaderId, events: Sequence[ports.DeviceEvent], answers_ms: Sequence[float] = ()) -> None:
        self.id = reader
        self.answers_ms = answers_ms
        self._events = events
        self.sink: ports.EventSink = lambda _: None

    async def run(self, sink: ports.EventSink) -> None:
        self.sink = sink
        for event in self._events:
            sink(event)
        await asyncio.Event().wait()

    def indicate(self, indication: ports.Indication) -> None:
        pass


class Portal:
    """A portal that does what the test wants when it is released."""

    id = DOOR

    def __init__(self, released: Callable[[], None], *, is_online: bool = True) -> None:
        self._released = released
        self._is_online = is_online

    def unlock(self, duration_ms: int, access_point: AccessPointId | None = None) -> bool:
        if self._is_online:
            asyncio.get_running_loop().call_soon(self._released)
        return self._is_online

    def lock(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody comes in these tests: waiting for somebody is short."""
    for module, name in (
        (readers_module, "COME_UP_S"),
        (readers_module, "PERSON_S"),
        (readers_module, "_IDENTIFY_S"),
        (portals_module, "_CONTACT_S"),
        (portals_module, "SHUT_S"),
    ):
        monkeypatch.setattr(module, name, 0.05)


def gate(text: str = SITE) -> Gate:
    return parse_site(text).gate[0]


async def run(
    entry: Reader, exit_: Reader, portal: Portal, said: list[str] | None = None, text: str = SITE
) -> dict[str, Finding]:
    config = gate(text)
    devices = Devices({ENTRY: entry, EXIT: exit_}, {DOOR: portal})
    say = (said if said is not None else []).append
    async with watching(devices) as seen:
        found = [finding async for finding in check_readers(config, LINES, devices, seen, say)]
        found += [finding async for finding in check_portals(config, devices, seen, say)]
    return {finding.name: finding for finding in found}


def good_entry(*more: ports.DeviceEvent) -> Reader:
    identity = ports.DeviceIdentified("entry", "5A-C5-00", "1", "2", "77", "1.2.3", ("LED", "buzzer"))
    shut = ports.DoorPositionChanged(DOOR, open=False)
    return Reader(ENTRY, [ports.ReaderOnline(ENTRY, secure=True), identity, shut, *more], [3.0, 5.0, 9.0])


def good_exit() -> Reader:
    return Reader(EXIT, [ports.ReaderOnline(EXIT, secure=False), ports.CredentialRead(EXIT, CARD, 0)])


def opened_and_shut(reader: Reader) -> Callable[[], None]:
    def act() -> None:
        reader.sink(ports.DoorPositionChanged(DOOR, open=True))
        loop = asyncio.get_running_loop()
        loop.call_later(0.01, lambda: reader.sink(ports.DoorPositionChanged(DOOR, open=False)))

    return act


async def test_a_gate_that_works_passes_and_tells_what_it_is() -> None:
    entry, said = good_entry(), list[str]()
    found = await run(entry, good_exit(), Portal(opened_and_shut(entry)), said)
    assert {finding.verdict for finding in found.values()} == {Verdict.PASSED}
    assert found["entry"].facts["firmware"] == "1.2.3"
    assert found["entry"].facts["capabilities"] == "LED; buzzer"
    assert found["entry"].figures == {"answer_median_ms": 5.0, "answer_longest_ms": 9.0}
    assert "encrypted with its own key" in found["entry"].words
    assert any("open it within 1 s" in words for words in said)


async def test_only_an_osdp_reader_has_a_key_of_its_own() -> None:
    desk = Reader(EXIT, [ports.ReaderOnline(EXIT, secure=True)])
    text = SITE.replace('kind = "serial"', 'kind = "pcsc"')
    found = await run(good_entry(), desk, Portal(lambda: None), text=text)
    assert found["exit"].words == "answers"


async def test_a_silent_reader_fails_with_the_cause() -> None:
    entry = Reader(ENTRY, [ports.ReaderLost(ENTRY, ports.LossReason.NO_ANSWER)])
    found = await run(entry, good_exit(), Portal(lambda: None))
    assert found["entry"].verdict is Verdict.FAILED
    assert "does not answer on line bus (/dev/serial/by-id/bus)" in found["entry"].words
    assert found["door"].verdict is Verdict.FAILED
    assert "never reported" in found["door"].words


@pytest.mark.parametrize("reason", ports.LossReason)
async def test_each_loss_is_said_in_words_with_what_to_do(reason: ports.LossReason) -> None:
    entry = Reader(ENTRY, [ports.ReaderLost(ENTRY, reason)])
    found = (await run(entry, good_exit(), Portal(lambda: None)))["entry"]
    assert found.verdict is Verdict.FAILED
    assert reason.value not in found.words, "a name of the program's is no answer"
    assert found.remedy


async def test_a_wrong_key_and_a_missing_adapter_are_told_apart_from_a_silent_reader() -> None:
    wrong, missing = [
        (await run(Reader(ENTRY, [ports.ReaderLost(ENTRY, reason)]), good_exit(), Portal(lambda: None)))["entry"]
        for reason in (ports.LossReason.NOT_SECURE, ports.LossReason.LINE_ABSENT)
    ]
    assert wrong.words == "answers, but not with its own key"
    assert "/dev/serial/by-id/bus" in missing.words
    assert "adapter" in missing.remedy


async def test_a_contact_whose_cut_wire_looks_like_a_shut_door_passes_with_that_remark() -> None:
    entry = good_entry()
    found = await run(entry, good_exit(), Portal(opened_and_shut(entry)))
    assert "a cut wire looks like a shut door" in found["door"].words
    entry = good_entry()
    text = SITE.replace('hardware = "entry"', 'hardware = "entry"\ndps_closes_when = "shut"')
    found = await run(entry, good_exit(), Portal(opened_and_shut(entry)), text=text)
    assert found["door"].verdict is Verdict.PASSED
    assert "cut wire" not in found["door"].words


async def test_a_one_way_reader_without_a_card_is_not_checked() -> None:
    entry = good_entry()
    quiet = Reader(EXIT, [ports.ReaderOnline(EXIT, secure=False)])
    found = await run(entry, quiet, Portal(opened_and_shut(entry)))
    assert found["exit"].verdict is Verdict.NOT_CHECKED


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (ports.TamperChanged(ENTRY, tampered=True), "tamper"),
        (ports.PowerChanged(ENTRY, failed=True), "supply"),
    ],
)
async def test_trouble_at_a_reader_fails(event: ports.DeviceEvent, words: str) -> None:
    entry = good_entry(event)
    found = await run(entry, good_exit(), Portal(opened_and_shut(entry)))
    assert found["entry"].verdict is Verdict.FAILED
    assert words in found["entry"].words


async def test_a_contact_that_does_not_follow_fails() -> None:
    found = await run(good_entry(), good_exit(), Portal(lambda: None))
    assert found["door"].verdict is Verdict.FAILED
    assert "did not follow" in found["door"].words


async def test_a_door_that_never_shuts_fails() -> None:
    entry = good_entry()
    portal = Portal(lambda: entry.sink(ports.DoorPositionChanged(DOOR, open=True)))
    found = await run(entry, good_exit(), portal)
    assert "never closed" in found["door"].words


async def test_a_door_that_stands_open_is_not_released() -> None:
    entry = good_entry(ports.DoorPositionChanged(DOOR, open=True))
    released: list[bool] = []
    found = await run(entry, good_exit(), Portal(lambda: released.append(True)))
    assert found["door"].verdict is Verdict.FAILED
    assert not released


async def test_a_release_that_nobody_takes_fails() -> None:
    found = await run(good_entry(), good_exit(), Portal(lambda: None, is_online=False))
    assert "not online" in found["door"].words
