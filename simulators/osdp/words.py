"""What payloads say, in words for a technician.

Keys and typed digits are not told: a trace gets pasted into tickets. Cards are: their bits are what a technician looks
for (`sacs decode` takes them). A payload that makes no sense is told as that; nothing here raises.

Belongs here: payloads in words. Does not belong here: frames, MACs and order (trace.py).
"""

from collections.abc import Callable
from typing import Final

from simulators.osdp import commands
from simulators.osdp.codes import FUNCTION_WORDS, NAK_WORDS, Color, Command, Function, Nak, OutputControl, Reply
from simulators.osdp.commands import Blinking, PayloadError

_OUTPUT_WORDS: Final = {
    OutputControl.NONE: "unchanged",
    OutputControl.OFF_NOW: "off",
    OutputControl.ON_NOW: "on",
    OutputControl.OFF_AFTER: "off once its time is over",
    OutputControl.ON_AFTER: "on once its time is over",
    OutputControl.TIMED_ON: "on",
    OutputControl.TIMED_OFF: "off",
}
_TONE_WORDS: Final = {0: "no tone", 1: "off"}
_KEY_TYPE_WORDS: Final = {0: "the default key", 1: "its own key"}
_READER_WORDS: Final = {0: "normal", 1: "not connected", 2: "tampered"}
_CARD_FORMAT_WORDS: Final = {0: "raw bits", 1: "Wiegand"}
_SIZED: Final = frozenset({Function.RECEIVE_BUFFER_SIZE, Function.LARGEST_COMBINED_MESSAGE})
_TEXT_TEMPORARY: Final = 3


def command_words(code: int, payload: bytes) -> str:
    """Return what a command with this payload asks for beyond its name; nothing if there is nothing to add."""
    return _told(_COMMANDS.get(code), payload)


def reply_words(code: int, payload: bytes) -> str:
    """Return what a reply with this payload says beyond its name; nothing if there is nothing to add."""
    return _told(_REPLIES.get(code), payload)


def key_type_words(key_type: int) -> str:
    """Return which key a handshake is about (D.2)."""
    return _KEY_TYPE_WORDS.get(key_type, f"key type {key_type}")


def _told(words: Callable[[bytes], str] | None, payload: bytes) -> str:
    if words is None:
        return f"{len(payload)} bytes" if payload else ""
    try:
        return words(payload)
    except (PayloadError, IndexError, ValueError) as error:
        return f"payload of {len(payload)} bytes makes no sense" + (
            f": {error}" if isinstance(error, PayloadError) else ""
        )


def _seconds(tenths: int) -> str:
    return f"{tenths / 10:.1f} s"


def _nothing(payload: bytes) -> str:
    return f"{len(payload)} bytes that do not belong there" if payload else ""


def _one_byte(payload: bytes) -> str:
    return "" if len(payload) == 1 else f"{len(payload)} bytes instead of one"


def _outputs(payload: bytes) -> str:
    told = []
    for setting in commands.output_settings(payload):
        known = setting.control in _OUTPUT_WORDS
        state = _OUTPUT_WORDS[OutputControl(setting.control)] if known else f"unknown control code {setting.control}"
        timed = setting.control in {OutputControl.TIMED_ON, OutputControl.TIMED_OFF}
        told.append(f"output {setting.output} {state}" + (f" for {_seconds(setting.timer_ds)}" if timed else ""))
    return ", ".join(told)


def _color(code: int) -> str:
    return Color(code).name.lower() if code in tuple(Color) else f"colour {code}"


def _blinking(light: Blinking) -> str:
    if light.on_color == light.off_color or not light.off_ds:
        return _color(light.on_color)
    if not light.on_ds:
        return _color(light.off_color)
    return f"{_color(light.on_color)} {_seconds(light.on_ds)} / {_color(light.off_color)} {_seconds(light.off_ds)}"


def _lights(payload: bytes) -> str:
    told = []
    for setting in commands.light_settings(payload):
        states = []
        if setting.temporary_control == 1:
            states.append("end the temporary state")
        elif setting.temporary_control:
            lasting = f"for {_seconds(setting.temporary_ds)}" if setting.temporary_ds else "until cancelled"
            states.append(f"{_blinking(setting.temporary)} {lasting}")
        if setting.permanent_control:
            states.append(f"{_blinking(setting.permanent)} from then on" if states else _blinking(setting.permanent))
        told.append(f"light {setting.light} of reader {setting.reader}: {', '.join(states) or 'unchanged'}")
    return "; ".join(told)


def _tone(payload: bytes) -> str:
    tone = commands.tone(payload)
    if tone.code in _TONE_WORDS:
        return _TONE_WORDS[tone.code]
    often = {0: "until told otherwise", 1: "once"}.get(tone.count, f"{tone.count} times")
    return f"{_seconds(tone.on_ds)} on, {_seconds(tone.off_ds)} off, {often}"


def _text(payload: bytes) -> str:
    text = commands.text(payload)
    lasting = f" for {text.seconds} s" if text.code >= _TEXT_TEMPORARY else ""
    return f"{text.text!r} at row {text.row}, column {text.column}{lasting}"


def _communication(payload: bytes) -> str:
    setting = commands.communication(payload)
    return f"address {setting.address}, {setting.baud} baud"


def _new_key(payload: bytes) -> str:
    commands.new_key(payload)
    return "a new key (not shown)"


def _challenge(payload: bytes) -> str:
    return "" if len(payload) == 8 else f"a challenge of {len(payload)} bytes instead of 8"  # D.4.2


def _proof(payload: bytes) -> str:
    return "" if len(payload) == 16 else f"a cryptogram of {len(payload)} bytes instead of 16"  # D.4.4


def _receive_size(payload: bytes) -> str:
    return f"{int.from_bytes(payload[:2], 'little')} bytes"


def _maker(payload: bytes) -> str:
    return f"of vendor {payload[:3].hex()}, {len(payload) - 3} bytes" if len(payload) >= 3 else _nothing(payload)


def _nak(payload: bytes) -> str:
    code = payload[0]
    return f"{NAK_WORDS[Nak(code)]} ({code})" if code in NAK_WORDS else f"error {code}"


def _identity(payload: bytes) -> str:
    if len(payload) != 12:  # 7.4
        raise PayloadError("an identification has 12 bytes")
    firmware = ".".join(str(byte) for byte in payload[9:12])
    serial = int.from_bytes(payload[5:9], "little")
    return f"vendor {payload[:3].hex()}, model {payload[3]}, version {payload[4]}, serial {serial}, firmware {firmware}"


def _capabilities(payload: bytes) -> str:
    if not payload or len(payload) % 3:
        raise PayloadError("capabilities come in threes of bytes")
    told = []
    for function, level, count in zip(payload[::3], payload[1::3], payload[2::3], strict=True):
        if function in _SIZED:
            told.append(f"{FUNCTION_WORDS[Function(function)]} {level | count << 8} bytes")
        elif function in FUNCTION_WORDS:
            told.append(f"{FUNCTION_WORDS[Function(function)]} level {level}" + (f", {count} of them" if count else ""))
        else:
            told.append(f"function {function} level {level}, {count}")
    return "; ".join(told)


def _local(payload: bytes) -> str:
    return f"housing {'open' if payload[0] else 'shut'}, supply {'failed' if payload[1] else 'normal'}"


def _numbered(what: str) -> Callable[[bytes], str]:
    def told(payload: bytes) -> str:
        active = [str(number) for number, state in enumerate(payload) if state]
        return f"of {len(payload)} {what}s " + (f"active: {', '.join(active)}" if active else "none is active")

    return told


def _readers(payload: bytes) -> str:
    return ", ".join(f"reader {number} {_READER_WORDS.get(state, state)}" for number, state in enumerate(payload))


def _card(payload: bytes) -> str:
    count = int.from_bytes(payload[2:4], "little")
    data = payload[4:]
    if len(data) != -(-count // 8):
        raise PayloadError(f"{count} bits do not fit {len(data)} bytes")
    kind = _CARD_FORMAT_WORDS.get(payload[1], f"format {payload[1]}")
    return f"reader {payload[0]}: {count} bits ({kind}) {data.hex()}"


def _card_text(payload: bytes) -> str:
    if len(payload) < 3 or len(payload) != 3 + payload[2]:
        raise PayloadError("the length is not that of the text")
    backwards = ", read backwards" if payload[1] else ""
    return f"reader {payload[0]}: {payload[3:].decode('ascii', 'replace')!r}{backwards}"


def _keys(payload: bytes) -> str:
    if len(payload) != 2 + payload[1]:
        raise PayloadError("the count is not that of the keys")
    return f"reader {payload[0]}: {payload[1]} keys (not shown)"


_COMMANDS: Final[dict[int, Callable[[bytes], str]]] = {
    Command.POLL: _nothing,
    Command.ID: _one_byte,
    Command.CAP: _one_byte,
    Command.LSTAT: _nothing,
    Command.ISTAT: _nothing,
    Command.OSTAT: _nothing,
    Command.RSTAT: _nothing,
    Command.OUT: _outputs,
    Command.LED: _lights,
    Command.BUZ: _tone,
    Command.TEXT: _text,
    Command.COMSET: _communication,
    Command.KEYSET: _new_key,
    Command.CHLNG: _challenge,
    Command.SCRYPT: _proof,
    Command.ACURXSIZE: _receive_size,
    Command.MFG: _maker,
    Command.ABORT: _nothing,
}
_REPLIES: Final[dict[int, Callable[[bytes], str]]] = {
    Reply.ACK: _nothing,
    Reply.NAK: _nak,
    Reply.PDID: _identity,
    Reply.PDCAP: _capabilities,
    Reply.LSTATR: _local,
    Reply.ISTATR: _numbered("input"),
    Reply.OSTATR: _numbered("output"),
    Reply.RSTATR: _readers,
    Reply.RAW: _card,
    Reply.FMT: _card_text,
    Reply.KEYPAD: _keys,
    Reply.COM: _communication,
    Reply.CCRYPT: lambda payload: "" if len(payload) == 32 else f"{len(payload)} bytes instead of 32",  # D.4.3
    Reply.RMAC_I: lambda payload: "" if len(payload) == 16 else f"{len(payload)} bytes instead of 16",  # D.4.5
    Reply.BUSY: _nothing,
    Reply.MFGREP: _maker,
}
