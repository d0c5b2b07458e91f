"""The words for each code that the bench shows, marked for translation.

Belongs here: one phrase a code. Does not belong here: the words of alarms, denials and states, which are the console's:
whoever composes the bench hands them in as `Vocabulary`. A code without words shows as itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simulators.bench.journal import Fact
from web.i18n import Language


def word(text: str) -> str:
    """Mark `text` for the catalogues."""
    return text


@dataclass(frozen=True)
class Vocabulary:
    """Words of the programs below the bench, by code. `catalogues`: the folder of their translations."""

    alarms: Mapping[str, str]
    denials: Mapping[str, str]
    gate_states: Mapping[str, str]
    reader_kinds: Mapping[str, str]
    board_kinds: Mapping[str, str]
    catalogues: Path


ACTS: Final = {
    "present": word("Present"),
    "hold": word("Hold"),
    "pull": word("Pull"),
    "pin": word("Type keys"),
    "walk": word("Walk through"),
    "force": word("Force"),
    "hold-door": word("Hold open"),
    "shut": word("Shut"),
    "jam": word("Jam"),
    "rex": word("Press exit button"),
    "cut-wire": word("Cut wire"),
    "mend-wire": word("Mend wire"),
    "fire": word("Fire release"),
    "tamper": word("Open housing"),
    "power-off": word("Power off"),
    "power-on": word("Power on"),
    "power-fail": word("Supply fails"),
    "unplug": word("Unplug"),
    "plug-in": word("Plug in"),
    "line-faults": word("Set line faults"),
    "change-key": word("Change key"),
    "misbehave": word("Misbehave"),
    "network-down": word("Drop the network"),
    "network-up": word("Restore the network"),
    "gate-stop": word("Stop the gate"),
    "gate-kill": word("Kill the gate"),
    "gate-start": word("Start the gate"),
    "kill-pcscd": word("Kill the smart card service"),
    "start-pcscd": word("Start the smart card service"),
    "save-state": word("Save the state"),
    "load-state": word("Load the state"),
    "reset": word("Reset the bench"),
    "wait": word("Wait"),
    "expect": word("Expect"),
}

# What a switch does when it is turned the other way, by act, field and the field's value.
OTHERWISE: Final[Mapping[tuple[str, str, Fact], str]] = {
    ("cut-wire", "short", True): word("Short wire"),
    ("fire", "active", False): word("Reset fire release"),
    ("jam", "jammed", False): word("Free"),
    ("tamper", "open", False): word("Shut housing"),
    ("power-fail", "failed", False): word("Supply is back"),
    ("network-down", "how", "silent"): word("Silence the network"),
}
MEND_LINE: Final = word("Mend the line")

# Why nobody heard a card; without any known cause the empty code.
UNHEARD: Final = {
    "gate-stopped": word("Nobody heard the card: the gate is stopped."),
    "no-power": word("Nobody heard the card: its reader has no power."),
    "unplugged": word("Nobody heard the card: its reader is unplugged."),
    "no-card-service": word("Nobody heard the card: the smart card service is dead."),
    "another-key": word("The gate took no card from this reader: it has another key."),
    "not-secure": word("The gate took no card from this reader: it has no secure channel."),
    "": word("The gate says nothing to the card; the same card again within a few seconds counts once."),
}

SOURCES: Final = {
    "act": word("Bench"),
    "wire": word("Wire"),
    "gate": word("Gate"),
    "controller": word("Controller"),
    "scene": word("Scene"),
}

OUTCOMES: Final = {
    "granted": word("Granted"),
    "denied": word("Denied"),
    "pin-wanted": word("PIN wanted"),
    "second-person-wanted": word("Second person wanted"),
    "vehicle-waits": word("Card read, the vehicle waits"),
    "counted": word("Counted at the muster point"),
}

ASSURANCES: Final = {
    "identified": word("identified only"),
    "authenticated": word("authenticated"),
}

DEVICE_EVENTS: Final = {
    "online": word("answers"),
    "lost": word("lost"),
    "tamper": word("housing opened"),
    "tamper-over": word("housing shut"),
    "power-failed": word("supply failed"),
    "power-back": word("supply is back"),
    "key-rotated": word("answers with its new key"),
    "identified": word("says what it is"),
}

# Why what a reader sent is no credential: ReadRefusal of the drivers.
REFUSALS: Final = {
    "parity": word("wrong parity"),
    "unknown_format": word("a format that nobody knows"),
    "bad_checksum": word("wrong checksum"),
    "not_hex": word("not hexadecimal"),
    "overlong": word("too long"),
    "wrong_length": word("wrong length"),
    "truncated": word("cut off"),
    "noise": word("bytes that are no frame"),
    "not_secure": word("the reader's channel is not secure"),
    "tampered": word("signed data was changed"),
    "expired": word("expired"),
    "not_yet_valid": word("not valid yet"),
    "revoked": word("revoked"),
    "copied": word("data of another card"),
    "key_mismatch": word("it does not hold its key"),
    "untrusted": word("nobody trusts its issuer"),
    "missing_object": word("something is missing on it"),
    "unsupported_card": word("a kind that nobody understands"),
    "uid_only": word("nothing but a serial number"),
    "stale": word("too late"),
    "card_removed": word("taken away too early"),
}

# What the gate adds to a device that came or went: LossReason of the drivers, and the state of a channel.
DETAILS: Final = {
    "line_absent": word("its line can not be opened"),
    "line_lost": word("its line hung up"),
    "no_answer": word("no answer"),
    "bus_process_lost": word("the bus's process died"),
    "reader_absent": word("the service does not know it"),
    "service_lost": word("the service does not answer"),
    "not_secure": word("the reader's channel is not secure"),
    "secure": word("secure channel"),
    "not-secure": word("no secure channel"),
}

PORTAL_STATES: Final = {
    "unknown": word("contact unknown"),
    "released": word("released"),
    "open": word("open"),
    "shut": word("shut"),
    "turned": word("turned"),
    "turned-without-grant": word("turned without a grant"),
    "not-taken": word("nobody went"),
    "free-exit": word("exit without a card"),
    "forced": word("forced"),
    "warned": word("warned: shut the door"),
    "held": word("held open"),
    "closed": word("closed again"),
    "exit-requested": word("exit requested"),
    "fire": word("opened by the fire release"),
    "fire-over": word("fire release is over"),
    "freed": word("held free by an order"),
    "freed-over": word("no longer held free"),
}

SIGNAL_STATES: Final = {
    "sounds": word("sounds"),
    "silent": word("silent"),
    "failed": word("takes no command"),
}

# Events that the controller receives and that are no alarms; the others have the console's words.
# Those that tell of a beginning and an end alike have words here for both.
EVENTS: Final = {
    "fire": word("Fire release opened it, or is over"),
    "tamper": word("Reader's housing opened, or shut"),
    "power": word("Reader's supply failed, or is back"),
    "granted": word("Access granted"),
    "taken": word("Access taken"),
    "snapshot": word("Picture of a passage"),
    "reconfirmed": word("An officer saw somebody inside"),
    "accounted-for": word("An officer accounted for somebody"),
    "mark-withdrawn": word("An officer took a mark back"),
    "unnamed-seen": word("An officer counted persons without a name"),
    "unnamed-passed": word("People passed who do not badge"),
    "area-swept": word("An area was searched"),
    "stays-by-order": word("Somebody stays inside by order"),
    "admitted": word("An officer let somebody through by hand"),
    "occupants": word("Persons in a vehicle were counted"),
    "vehicle-granted": word("A vehicle was let through"),
    "screen-session": word("An officer signed in at the gate's screen, or out"),
    "signal": word("Siren sounds, or falls silent"),
}

SHOWS: Final = {
    "open": word("open"),
    "shut": word("shut"),
    "released": word("released"),
    "locked": word("locked"),
}

PORTAL_KINDS: Final = {
    "door": word("door"),
    "turnstile": word("turnstile"),
    "barrier": word("barrier"),
}

LIGHTS: Final = {
    "red": word("red light"),
    "green": word("green light"),
    "amber": word("amber light"),
    "blue": word("blue light"),
    "magenta": word("magenta light"),
    "cyan": word("cyan light"),
    "white": word("white light"),
    "black": word("no light"),
}

CARDS: Final = {
    "staff": word("Staff card"),
    "second": word("Second person's card"),
    "extended": word("Card with extended time"),
    "blocked": word("Blocked card"),
    "expired": word("Expired card"),
    "unknown": word("Unknown card"),
    "piv": word("PIV card"),
    "piv-expired": word("PIV card, expired"),
    "piv-copied": word("PIV card, copied"),
    "piv-revoked": word("PIV card, revoked"),
    "desfire": word("DESFire card"),
    "uid": word("Card with a serial number only"),
}

FAULTS: Final = {
    "loss": word("Bytes lost"),
    "corruption": word("Bytes corrupted"),
    "noise": word("Noise"),
    "split": word("Every byte alone"),
    "delay_ms": word("Delay (ms)"),
    "paced": word("Pace of the baud rate"),
}


def act_said(act: str, facts: Mapping[str, Fact]) -> tuple[str, dict[str, Fact]]:
    """Return the words (not yet translated) for what was done, and what else is to be told of it."""
    if act == "line-faults" and set(facts) == {"line"}:
        return MEND_LINE, dict(facts)
    for name, value in facts.items():
        if isinstance(value, bool | str) and (act, name, value) in OTHERWISE:
            return OTHERWISE[act, name, value], {each: facts[each] for each in facts if each != name}
    return ACTS.get(act, act), dict(facts)


def say(words: Mapping[str, str], code: str, language: Language) -> str:
    """Return the words for `code`, or the code itself."""
    return str(language.translations.gettext(words[code])) if code in words else code
