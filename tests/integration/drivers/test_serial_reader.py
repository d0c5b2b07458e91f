"""Serial readers of several models on pseudo-terminals: real driver, simulated readers, and what happens to lines."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from contract.clock import Clock, SystemClock
from contract.ids import ReaderId
from drivers.ports import (
    CredentialRead,
    Indication,
    LossReason,
    ReaderLost,
    ReaderOnline,
    ReadRefusal,
    ReadRefused,
)
from drivers.serial.profile import load_profile
from drivers.serial.reader import SerialReader
from drivers.wiegand.formats import card_formats
from simulators.cards import CardBits, ProximityCard
from simulators.line import PtyLine
from simulators.line_faults import LineFaults
from simulators.readers.serial_models import VehicleTag
from simulators.readers.serial_reader import SimulatedSerialReader
from tests.integration.drivers.conftest import Run

EXIT = ReaderId("exit")
CARD = ProximityCard(bytes.fromhex("0f0184f07a"))
TAG = VehicleTag(bytes.fromhex("e200001d7315016521408fc6"))
Until = Callable[[Callable[[], object]], Awaitable[None]]


@dataclass
class Stopped:
    """A clock that a test moves."""

    boottime: int = 0

    def now_ns(self) -> int:
        return self.boottime

    def boottime_ns(self) -> int:
        return self.boottime


def reader_on(
    line: PtyLine, name: str = "rdm6300", baud: int = 9600, hold_off_ms: int = 0, clock: Clock | None = None
) -> SerialReader:
    profile, formats = load_profile(name), card_formats(["h10301"])
    return SerialReader(EXIT, str(line.path), clock or SystemClock(), profile, baud, formats, hold_off_ms)


async def test_cards_are_read_at_the_pace_of_a_serial_line(line: PtyLine, run: Run) -> None:
    line.plug_in()
    line.set_faults(LineFaults(paced=True))
    heard = run(reader_on(line))
    assert await heard.next(ReaderOnline) == ReaderOnline(EXIT, secure=False)
    simulated = SimulatedSerialReader(line)
    before_ns = SystemClock().boottime_ns()
    simulated.present(CARD)
    simulated.present(ProximityCard.of(13, 4567))
    first, second = await heard.next(CredentialRead), await heard.next(CredentialRead)
    assert first.credential.text == "em4100:0f0184f07a"
    assert second.credential.text == "em4100:00000d11d7"
    assert before_ns < first.read_boottime_ns < second.read_boottime_ns


async def test_a_corrupt_frame_is_refused_and_the_next_card_read(line: PtyLine, run: Run) -> None:
    line.plug_in()
    reader = reader_on(line)
    heard = run(reader)
    await heard.next(ReaderOnline)
    simulated = SimulatedSerialReader(line)
    simulated.send(b"\x020F0184F07A55\x03")
    simulated.present(CARD)
    assert await heard.next(ReadRefused) == ReadRefused(EXIT, ReadRefusal.BAD_CHECKSUM, 96)
    await heard.next(CredentialRead)
    assert reader.refused == {"bad_checksum": 1}
    reader.indicate(Indication.GRANTED)


async def test_a_half_frame_is_told_of_and_spoils_no_other(line: PtyLine, run: Run, until: Until) -> None:
    line.plug_in()
    reader = reader_on(line)
    heard = run(reader)
    await heard.next(ReaderOnline)
    simulated = SimulatedSerialReader(line)
    simulated.send(b"\x020F0184")
    assert await heard.next(ReadRefused) == ReadRefused(EXIT, ReadRefusal.TRUNCATED, 48)
    simulated.present(CARD)
    await heard.next(CredentialRead)
    simulated.send(b"\x020F0184")
    await until(lambda: reader._decoder.is_amid)
    line.hang_up()
    assert await heard.next(ReadRefused) == ReadRefused(EXIT, ReadRefusal.TRUNCATED, 48)
    assert await heard.next(ReaderLost) == ReaderLost(EXIT, LossReason.LINE_LOST)


async def test_a_wrong_rate_is_told_as_noise_once(line: PtyLine, run: Run, until: Until) -> None:
    line.plug_in()
    reader = reader_on(line, "gwiot-7941")
    heard = run(reader)
    await heard.next(ReaderOnline)
    simulated = SimulatedSerialReader(line, "gwiot-7941", baud=57600)
    simulated.present(CARD)
    refused = await heard.next(ReadRefused)
    assert refused.reason is ReadRefusal.NOISE
    simulated.present(CARD)
    await until(lambda: reader.held_off == 1)
    assert reader.refused == {"noise": 2}
    assert not any(isinstance(event, CredentialRead) for event in heard.events)


async def test_a_line_that_is_absent_and_then_comes_and_goes_is_found_again(line: PtyLine, run: Run) -> None:
    heard = run(reader_on(line))
    assert await heard.next(ReaderLost) == ReaderLost(EXIT, LossReason.LINE_ABSENT)
    for _ in range(2):
        line.plug_in()
        await heard.next(ReaderOnline)
        SimulatedSerialReader(line).present(CARD)
        await heard.next(CredentialRead)
        line.hang_up()
        assert await heard.next(ReaderLost) == ReaderLost(EXIT, LossReason.LINE_LOST)
    assert sum(isinstance(event, ReaderLost) for event in heard.events) == 3, "one for each loss, not for each attempt"


async def test_a_line_that_hung_up_does_not_keep_the_event_loop_busy(line: PtyLine, run: Run) -> None:
    line.plug_in()
    heard = run(reader_on(line))
    await heard.next(ReaderOnline)
    line.hang_up()
    await heard.next(ReaderLost)
    selector = asyncio.get_running_loop()._selector  # type: ignore[attr-defined]
    select, turns = selector.select, 0

    def counted(timeout_s: float | None) -> object:
        nonlocal turns
        turns += 1
        return select(timeout_s)

    selector.select = counted
    await asyncio.sleep(0.5)
    assert turns < 50, "a reader callback that fires for ever makes it tens of thousands"


async def test_one_line_is_not_read_by_two_programs(line: PtyLine, run: Run) -> None:
    line.plug_in()
    first = run(reader_on(line))
    await first.next(ReaderOnline)
    second = run(reader_on(line))
    assert await second.next(ReaderLost) == ReaderLost(EXIT, LossReason.LINE_ABSENT)


async def test_a_card_that_is_held_is_one_read_and_the_next_card_is_read_at_once(
    line: PtyLine, run: Run, until: Until
) -> None:
    line.plug_in()
    clock = Stopped()
    reader = reader_on(line, hold_off_ms=1000, clock=clock)
    heard = run(reader)
    await heard.next(ReaderOnline)
    simulated = SimulatedSerialReader(line)
    simulated.hold(CARD)
    for repeats in (3, 6):
        await until(lambda wanted=repeats: reader.held_off >= wanted)  # type: ignore[misc]
        clock.boottime += 900_000_000
    simulated.pull()
    simulated.present(ProximityCard.of(13, 4567))
    await until(lambda: sum(isinstance(event, CredentialRead) for event in heard.events) == 2)
    clock.boottime += 1_000_000_000
    simulated.present(CARD)
    await until(lambda: sum(isinstance(event, CredentialRead) for event in heard.events) == 3)


async def test_a_card_that_is_held_before_a_reader_of_another_model_is_one_refusal(
    line: PtyLine, run: Run, until: Until
) -> None:
    line.plug_in()
    clock = Stopped()
    reader = reader_on(line, "parallax-28140", baud=2400, hold_off_ms=1000, clock=clock)
    heard = run(reader)
    await heard.next(ReaderOnline)
    simulated = SimulatedSerialReader(line, "id-12la", baud=2400)
    for _ in range(3):
        simulated.send(b"\n0F0184F07A00\r")
    await until(lambda: reader.refused == {"wrong_length": 3})
    assert reader.held_off == 2
    assert sum(isinstance(event, ReadRefused) for event in heard.events) == 1


async def test_a_reader_that_has_to_be_asked_is_asked_and_answers(line: PtyLine, run: Run) -> None:
    line.plug_in()
    simulated = SimulatedSerialReader(line, "uhf-m100", baud=115200)
    heard = run(reader_on(line, "uhf-m100", baud=115200))
    await heard.next(ReaderOnline)
    simulated.present(TAG)
    assert (await heard.next(CredentialRead)).credential.text == "epc-96:e200001d7315016521408fc6"
    line.hang_up()
    await heard.next(ReaderLost)
    line.plug_in()
    await heard.next(ReaderOnline)
    simulated.present(TAG)
    await heard.next(CredentialRead)


async def test_a_reader_that_has_to_be_started_is_started_each_time_that_its_line_opens(
    line: PtyLine, run: Run, until: Until
) -> None:
    line.plug_in()
    simulated = SimulatedSerialReader(line, "st110", baud=38400)
    simulated.present(TAG)
    heard = run(reader_on(line, "st110", baud=38400))
    await heard.next(ReaderOnline)
    simulated.hold(TAG)
    await heard.next(CredentialRead)
    simulated.pull()
    assert not any(isinstance(event, ReadRefused) for event in heard.events)


async def test_raw_bits_that_no_format_fits_are_shown_to_the_technician(line: PtyLine, run: Run) -> None:
    line.plug_in()
    heard = run(reader_on(line, "wiegand-hex"))
    await heard.next(ReaderOnline)
    simulated = SimulatedSerialReader(line, "wiegand-hex")
    simulated.present(CARD)
    assert (await heard.next(CredentialRead)).credential.text == CARD.texts[0]
    simulated.present(CardBits(34, (0x2_0000_0001 << 6).to_bytes(5, "big")))
    assert await heard.next(ReadRefused) == ReadRefused(EXIT, ReadRefusal.UNKNOWN_FORMAT, 34, "1" + "0" * 32 + "1")
