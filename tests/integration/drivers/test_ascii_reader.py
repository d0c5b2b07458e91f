import asyncio

from contract.clock import SystemClock
from contract.ids import ReaderId
from drivers.ascii_reader import AsciiReader
from drivers.ports import CredentialRead, Indication, LossReason, ReaderLost, ReaderOnline, ReadRefusal, ReadRefused
from simulators.cards import ProximityCard
from simulators.line import PtyLine
from simulators.readers.ascii_reader import SimulatedAsciiReader
from tests.integration.drivers.conftest import Run

EXIT = ReaderId("exit")
CARD = ProximityCard(bytes.fromhex("0f0184f07a"))


def reader_on(line: PtyLine) -> AsciiReader:
    return AsciiReader(EXIT, str(line.path), SystemClock())


async def test_a_card_is_read_at_the_pace_of_a_serial_line(line: PtyLine, run: Run) -> None:
    line.plug_in()
    heard = run(reader_on(line))
    assert await heard.next(ReaderOnline) == ReaderOnline(EXIT, secure=False)
    simulated = SimulatedAsciiReader(line, baud=9600)
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
    simulated = SimulatedAsciiReader(line)
    simulated.send(b"\xff\xfe\x020F0184F07A55\x03")
    simulated.present(CARD)
    assert await heard.next(ReadRefused) == ReadRefused(EXIT, ReadRefusal.BAD_CHECKSUM, 48)
    await heard.next(CredentialRead)
    assert reader.noise_bytes == 2
    assert reader.refused == {"bad_checksum": 1}
    reader.indicate(Indication.GRANTED)


async def test_a_line_that_is_absent_and_then_comes_and_goes_is_found_again(line: PtyLine, run: Run) -> None:
    heard = run(reader_on(line))
    assert await heard.next(ReaderLost) == ReaderLost(EXIT, LossReason.LINE_ABSENT)
    for _ in range(2):
        line.plug_in()
        await heard.next(ReaderOnline)
        SimulatedAsciiReader(line).present(CARD)
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
