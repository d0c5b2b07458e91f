"""What a gate's readers and boards do, seen through their real drivers.

Belongs here: do they answer, how fast, how safely, and what are they. Does not belong here: doors (portals.py).
"""

import statistics
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final

import msgspec

from contract.site import BoardConfig, Gate, ReaderConfig, ReaderKind
from drivers import ports
from edge.commissioning.finding import Finding, Subject, failed, not_checked, passed
from edge.commissioning.losses import in_words
from edge.commissioning.seen import Seen
from edge.gate import Devices

COME_UP_S: Final = 10.0
"""A device that was silent is back within 5 s of its return (figures.md)."""
PERSON_S: Final = 30.0
"""How long somebody has to hold up a card."""
_IDENTIFY_S: Final = 5.0


async def check_readers(
    config: Gate, lines: Mapping[str, str], devices: Devices, seen: Seen, say: Callable[[str], None]
) -> AsyncIterator[Finding]:
    """Yield a finding about each reader and board of `config`. `say` gets progress and requests in words.

    `lines`: from the device file, to say where something is looked for in vain.
    """
    wanted = [*devices.readers, *devices.boards]
    say(f"{len(wanted)} readers and boards: waiting until each answers, at most {COME_UP_S:.0f} s")
    await seen.until(lambda: all(seen.online.get(str(name)) for name in wanted), COME_UP_S)
    telling = [reader.id for reader in config.reader if reader.kind is ReaderKind.OSDP and seen.online.get(reader.id)]
    await seen.until(lambda: all(name in seen.identity for name in telling), _IDENTIFY_S)
    for reader in config.reader:
        if reader.kind is not ReaderKind.LOG:
            yield await _reader(reader, lines, devices, seen, say)
    for board in config.board:
        yield _lost(Subject.BOARD, board, lines, seen) or _answering(
            Subject.BOARD, board.id, devices.boards[board.id], seen
        )


async def _reader(
    config: ReaderConfig, lines: Mapping[str, str], devices: Devices, seen: Seen, say: Callable[[str], None]
) -> Finding:
    lost = _lost(Subject.READER, config, lines, seen)
    if lost is not None:
        return lost
    is_osdp = config.kind is ReaderKind.OSDP
    finding = _answering(Subject.READER, config.id, devices.readers[config.id], seen, is_keyed=is_osdp)
    if is_osdp and not seen.secure.get(config.id):
        words = "answers in clear text: whoever taps the line reads every card"
        return failed(Subject.READER, config.id, words, "bring its own key into the reader, off the bus")
    if config.kind is not ReaderKind.SERIAL:
        return finding
    # The line is open, and that is all that a reader without a way back can show: only a card proves that it is there.
    say(f"reader {config.id}: hold any card before it, within {PERSON_S:.0f} s")
    if await seen.until(lambda: config.id in seen.heard, PERSON_S):
        return passed(Subject.READER, config.id, "a card was heard (one-way serial line, in clear text by its nature)")
    words = "the line is open, and no card was heard: a reader without a way back can not be asked"
    return not_checked(Subject.READER, config.id, words, "check again and hold a card before it; then look at wiring")


def _lost(subject: Subject, config: ReaderConfig | BoardConfig, lines: Mapping[str, str], seen: Seen) -> Finding | None:
    """Return why a device can not be relied upon, if so."""
    if seen.online.get(config.id):
        return None
    words, remedy = in_words(seen.lost.get(config.id), config.device, lines.get(config.device, ""))
    return failed(subject, config.id, words, remedy)


def _answering(
    subject: Subject, name: str, device: ports.Reader | ports.Board, seen: Seen, *, is_keyed: bool = False
) -> Finding:
    """Return what a device that answers says of itself. `is_keyed`: it does so only under a key of its own."""
    if name in seen.tampered:
        return failed(subject, name, "its housing is open (tamper)", "close it")
    if name in seen.power_failed:
        return failed(subject, name, "reports trouble with its supply", "look at its supply")
    words = "answers, encrypted with its own key" if is_keyed else "answers"
    figures = {}
    answers_ms = device.answers_ms if isinstance(device, ports.Answering) else ()
    if answers_ms:
        figures = {
            "answer_median_ms": round(statistics.median(answers_ms), 1),
            "answer_longest_ms": round(max(answers_ms), 1),
        }
        words += f", within {figures['answer_median_ms']:.0f} ms (longest {figures['answer_longest_ms']:.0f} ms)"
    identity = seen.identity.get(name)
    facts = {}
    if identity is not None:
        fields = ("vendor", "model", "version", "serial", "firmware")
        facts = {key: text for key in fields if (text := str(getattr(identity, key)))}
        facts |= {"capabilities": "; ".join(identity.capabilities)} if identity.capabilities else {}
    finding = passed(subject, name, words, **figures)
    return msgspec.structs.replace(finding, facts=facts)
