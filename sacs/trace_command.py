"""`sacs trace`."""

import json as json_text
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from sacs.terminal import fail

if TYPE_CHECKING:
    from simulators.osdp.capture import Record
    from simulators.osdp.trace import TracedFrame, TraceKey, TraceSummary

_KEY_BYTES: Final = 16
_LAST_ADDRESS: Final = 127
_NS_PER_S: Final = 1_000_000_000
_MOST_SHOWN_LINES: Final = 20
_HEAD: Final = f"{'time':<12}  {'device':<6}  {'#'}  {'security':<17} {'message':<14} what it says"
"""Above the rows of `_line`: `->` to the device of this address, `<-` from it; # is the sequence number."""


def trace(
    capture: Annotated[Path, typer.Argument(metavar="FILE", help="A captured bus (.osdpcap): one record a line.")],
    scbk: Annotated[
        list[str] | None,
        typer.Option(metavar="HEX", help="A device's key, or ADDRESS=HEX. Repeat it for each device."),
    ] = None,
    *,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object a frame, and the sums on the last line.")
    ] = False,
) -> None:
    """Tell in words what went over an OSDP bus: each frame, its check characters, its MAC and what it said.

    Without a key the handshakes are seen, and what is encrypted stays so. With --scbk MACs are checked and payloads
    decrypted; keys that are set on the captured bus are followed. Keys and typed PINs are never shown.

    Exit code 0: the capture was read, whatever was on the bus. 1: it could not be, or no line of it is a record.
    """
    from simulators.osdp.trace import Trace

    witness = Trace(_key(text) for text in scbk or ())
    records = _Records(capture)
    rows = _Rows()
    at_ns = 0
    for record in records:
        at_ns = record.at_ns
        for frame in witness.feed(record.io, record.data, at_ns):
            typer.echo(_json_line(frame) if json else rows.of(frame))
    for frame in witness.finish(at_ns):
        typer.echo(_json_line(frame) if json else rows.of(frame))
    records.tell()
    if records.bad and not records.good:
        fail(f"{capture} is no capture: none of its {records.bad:,} lines is a record; {records.first_problem}")
    if json:
        typer.echo(json_text.dumps({**asdict(witness.summary), "lines_bad": records.bad}))
    else:
        _tell(witness.summary)


class _Records:
    """The records of a capture, read line by line; `bad` lines are passed over, counted and told.

    Those before the first record are told once there is one: a file without any is no capture, and one line says so.
    """

    def __init__(self, path: Path) -> None:
        self.good = self.bad = 0
        self.first_problem = ""
        self._untold: list[str] = []
        self._path = path

    def __iter__(self) -> "Iterator[Record]":
        """Yield what is readable. Ends the command if the file can not be read."""
        from simulators.osdp.capture import CaptureError, record_of

        try:
            with self._path.open(encoding="utf-8-sig", errors="replace") as lines:
                for number, line in enumerate(lines, start=1):
                    if not line.strip():
                        continue
                    try:
                        record = record_of(line)
                    except CaptureError as error:
                        self._passed_over(f"line {number}: {error}")
                    else:
                        self.good += 1
                        yield record
                    if self.good:
                        self._tell_bad_lines()
        except OSError as error:
            fail(error)

    def _passed_over(self, problem: str) -> None:
        self.bad += 1
        self.first_problem = self.first_problem or problem
        if self.bad <= _MOST_SHOWN_LINES:
            self._untold.append(problem)

    def _tell_bad_lines(self) -> None:
        for problem in self._untold:
            typer.secho(f"sacs: {self._path}, {problem}", err=True, fg="red")
        self._untold.clear()

    def tell(self) -> None:
        """Say how much was passed over, and whether there was anything at all."""
        if self.good and self.bad > _MOST_SHOWN_LINES:
            typer.secho(
                f"sacs: and {self.bad - _MOST_SHOWN_LINES:,} more lines that are no records", err=True, fg="red"
            )
        if not self.good and not self.bad:
            typer.secho(f"sacs: {self._path} is empty", err=True, fg="red")


def _key(text: str) -> "TraceKey":
    """Return the key of one --scbk, or end the command. What was typed is not repeated: it may be most of a key."""
    from simulators.osdp.trace import TraceKey

    address_text, separator, key_text = text.rpartition("=")
    try:
        address = int(address_text, 16 if address_text.lower().startswith("0x") else 10) if separator else None
        key = bytes.fromhex(key_text)
    except ValueError:
        fail("--scbk is HEX or ADDRESS=HEX, with 32 hexadecimal digits and an address of 0 to 127")
    if len(key) != _KEY_BYTES:
        fail(f"--scbk is a key of {_KEY_BYTES} bytes (32 hexadecimal digits), not of {len(key)}")
    if address is not None and not 0 <= address <= _LAST_ADDRESS:
        fail(f"--scbk: an address is 0 to {_LAST_ADDRESS}, not {address}")
    return TraceKey(key, address)


def _time(at_ns: int) -> datetime:
    """Return the time, or 1970 for one that no calendar has."""
    try:
        return datetime.fromtimestamp(at_ns // _NS_PER_S, UTC)
    except (OverflowError, OSError, ValueError):
        return datetime.fromtimestamp(0, UTC)


def _json_line(frame: "TracedFrame") -> str:
    row: dict[str, Any] = asdict(frame)
    at_ns = row.pop("at_ns")
    row["time"] = f"{_time(at_ns):%Y-%m-%dT%H:%M:%S}.{at_ns % _NS_PER_S:09d}Z"
    return json_text.dumps(row)


class _Rows:
    """Frames as rows of a table: its head once, and the date before the first of each day."""

    def __init__(self) -> None:
        self._day = ""

    def of(self, frame: "TracedFrame") -> str:
        """Return a frame's row, after what must stand above it."""
        day = f"{_time(frame.at_ns):%Y-%m-%d} UTC"
        head = "" if self._day else f"{_HEAD}\n"
        date = "" if day == self._day else f"{day}\n"
        self._day = day
        return f"{head}{date}{_line(frame)}"


def _line(frame: "TracedFrame") -> str:
    at = f"{_time(frame.at_ns):%H:%M:%S}.{frame.at_ns % _NS_PER_S // 1_000_000:03d}"
    address = "?" if frame.address is None else f"{frame.address}"
    way = f"{'<-' if frame.speaker == 'device' else '->'} {address:>3}"
    sequence = "-" if frame.sequence is None else f"{frame.sequence}"
    security = f"{frame.security} {frame.mac}" if frame.mac else frame.security or "clear"
    noise = f"({frame.noise_bytes} bytes of noise before) " if frame.noise_bytes else ""
    return f"{at}  {way}  {sequence}  {security:<17} {frame.name:<14} {noise}{frame.words}"


def _tell(sums: "TraceSummary") -> None:
    typer.echo()
    typer.echo(
        f"Frames:   {sums.frames:,}; {sums.crc_bad:,} with wrong check characters, {sums.length_bad:,} cut short"
    )
    typer.echo(
        f"Channel:  {sums.handshakes:,} handshakes; MACs: {sums.mac_ok:,} right, {sums.mac_bad:,} wrong, "
        f"{sums.mac_unchecked:,} not checked for want of a key"
    )
    typer.echo(f"Payloads: {sums.payloads_decrypted:,} decrypted")
    if sums.noise_bytes:
        typer.echo(f"Noise:    {sums.noise_bytes:,} bytes that belong to no frame")
