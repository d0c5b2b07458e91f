"""The words for each code that a live picture carries, marked for translation.

Belongs here: one phrase a code. Does not belong here: where it stands on the page (templates). A code without words
shows as itself: a screen of an older version must not hide news.
"""

from typing import Final, NamedTuple

from controller.live import Cause
from web.formats import Formats
from web.i18n import Language


class Phrase(NamedTuple):
    """A phrase in English, singular and plural; `%(num)s` stands for the number."""

    singular: str
    plural: str


def word(text: str) -> str:
    """Mark `text` for the catalogues."""
    return text


def counted(singular: str, plural: str) -> Phrase:
    """Mark a phrase with a number in it for the catalogues."""
    return Phrase(singular, plural)


# Why lowest, best and highest differ: Reason of controller.domain.presence.
CAUSES: Final = {
    "exits-missed": counted(
        "Up to %(num)s person may have left without being read.",
        "Up to %(num)s persons may have left without being read.",
    ),
    "entries-missed": counted(
        "Up to %(num)s person may have entered without being read.",
        "Up to %(num)s persons may have entered without being read.",
    ),
    "unnamed-inside": counted(
        "Up to %(num)s person whose record was deleted on time may still be inside.",
        "Up to %(num)s persons whose records were deleted on time may still be inside.",
    ),
    "doubtful-in": counted(
        "Up to %(num)s person who entered at a moment that is in doubt may have left.",
        "Up to %(num)s persons who entered at moments that are in doubt may have left.",
    ),
    "doubtful-out": counted(
        "Up to %(num)s person who left at a moment that is in doubt may be back inside.",
        "Up to %(num)s persons who left at moments that are in doubt may be back inside.",
    ),
    "not-seen-in": counted(
        "%(num)s person was let in, and was not seen to go through yet.",
        "%(num)s persons were let in, and were not seen to go through yet.",
    ),
    "not-seen-out": counted(
        "%(num)s person was let out, and was not seen to go through yet.",
        "%(num)s persons were let out, and were not seen to go through yet.",
    ),
    "contradicted": counted(
        "%(num)s pass entered that was inside already: it may have let in a second person.",
        "%(num)s passes entered that were inside already: each may have let in a second person.",
    ),
    "counted-out": counted(
        "%(num)s person more was counted out without a name than was known to be inside so.",
        "%(num)s persons more were counted out without a name than were known to be inside so.",
    ),
    "occupants-stayed": counted(
        "%(num)s person came in a vehicle that left without that person.",
        "%(num)s persons came in vehicles that left without them.",
    ),
    "occupants-surplus": counted(
        "%(num)s person left in a vehicle and had not come in it: that person may still be counted inside.",
        "%(num)s persons left in vehicles and had not come in them: they may still be counted inside.",
    ),
    "controllers-differ": counted(
        "Another controller counts up to %(num)s person more or less.",
        "Another controller counts up to %(num)s persons more or less.",
    ),
}

# Those that can lower and raise, and those that tell no number.
CAUSES_BOTH_WAYS: Final = {
    "gate-silent": word("Gate %(place)s is silent or has not told all yet; reckoned with the most that usually pass"),
    "records-lost": word("Records of gate %(place)s are lost; reckoned with the most that usually pass"),
    "door-open": word("%(place)s was forced, held open or released: people may have passed without being read"),
    "passed-unread": word("At %(place)s people passed without being read"),
    "seen-crossing": word("At %(place)s a camera saw more people pass than were read"),
    "occupants-uncounted": word("Vehicles come or go and nobody counts who is in them"),
    "evacuating": word("People were told to leave: they may go by any way, without being read"),
    "one-sided": word("A way in or out has no reader"),
    "learning": word("This controller is still learning what happened before it came"),
}
FEWER_OR_MORE: Final = word("up to %(fewer)s fewer or %(more)s more")
FEWER: Final = word("up to %(fewer)s fewer")
MORE: Final = word("up to %(more)s more")
WHY_AND_HOW_MANY: Final = word("%(why)s: %(amount)s")
SINCE: Final = word("%(text)s (since %(time)s)")
_CAME: Final = word("%(text)s (arrival: %(time)s or later)")
_LEFT_BEHIND: Final = "occupants-stayed"

# The same in two or three words, for the table of areas.
CAUSES_SHORT: Final = {
    "exits-missed": word("unread exits"),
    "entries-missed": word("unread entries"),
    "unnamed-inside": word("deleted records"),
    "doubtful-in": word("doubtful entries"),
    "doubtful-out": word("doubtful exits"),
    "not-seen-in": word("not yet seen to enter"),
    "not-seen-out": word("not yet seen to leave"),
    "contradicted": word("entered twice"),
    "counted-out": word("counted out"),
    "occupants-stayed": word("left behind by vehicles"),
    "occupants-surplus": word("taken along by vehicles"),
    "gate-silent": word("silent gate"),
    "records-lost": word("lost records"),
    "door-open": word("door open"),
    "passed-unread": word("passed unread"),
    "seen-crossing": word("seen by a camera"),
    "occupants-uncounted": word("vehicles not counted"),
    "evacuating": word("people leaving"),
    "one-sided": word("way without reader"),
    "learning": word("still learning"),
    "controllers-differ": word("controllers differ"),
}

# Events of the contract that can stand as alarms, by tag. Who passed where is none (L1).
ALARM_EVENTS: Final = {
    "not-taken": word("Nobody went after a grant"),
    "denied": word("Access denied"),
    "read-refused": word("Read refused"),
    "forced": word("Door forced"),
    "held": word("Door held open"),
    "closed": word("Door closed again"),
    "rex": word("Exit requested"),
    "tamper": word("Reader tampered with"),
    "reader-lost": word("Reader does not answer"),
    "reader-back": word("Reader answers again"),
    "restarted": word("Gate restarted uncleanly"),
    "clock-doubted": word("Gate clock leapt"),
    "controllers-changed": word("Gate seals to other controllers from now on"),
    "duress": word("Duress: somebody acts under threat"),
    "bad-pins": word("Wrong PIN several times in a row"),
    "passage-without-grant": word("Turnstile passed without a grant"),
    "free-exit": word("Exit without a card"),
    "fire": word("Opened by the fire release"),
    "power": word("Reader's power supply failed"),
    "key-rotated": word("Reader's key was changed"),
    "board-lost": word("Board does not answer"),
    "board-back": word("Board answers again"),
    "signal": word("Siren sounds by order"),
    "vehicle-turned-away": word("Vehicle turned away"),
    "vehicle-unseen": word("A vehicle may have come or left, and nobody saw it"),
    "occupants-differ": word("A vehicle left with more or fewer persons than it came with"),
    "people-crossed": word("A camera saw more people pass than were read"),
    "signal-failed": word("Siren shall sound and takes no command"),
}

# Why access was denied: DenialReason of the contract.
DENIALS: Final = {
    "unknown-credential": word("unknown card"),
    "not-permitted-here": word("not permitted here"),
    "outside-schedule": word("outside the permitted hours"),
    "pass-not-yet-valid": word("pass not valid yet"),
    "pass-expired": word("pass expired"),
    "pass-blocked": word("pass blocked"),
    "anti-passback": word("second entry without an exit"),
    "no-policy": word("the gate has no policy"),
    "policy-expired": word("the gate's policy has expired"),
    "not-authenticated": word("the card proved nothing"),
    "no-pin": word("the pass has no PIN"),
    "wrong-pin": word("wrong PIN"),
    "pin-timeout": word("no PIN in time"),
    "pin-locked": word("refused after wrong PINs"),
    "second-person-missing": word("no second person in time"),
    "same-person-twice": word("the same person twice"),
    "lockdown": word("lockdown: nobody comes in"),
    "interlocked": word("the other door is not shut"),
    "no-vehicle": word("no vehicle stands in the lane"),
    "vehicle-refused": word("the vehicle was turned away"),
}

# Why a vehicle was turned away: TurnedAway of the contract.
TURNED_AWAY: Final = {
    "plate": word("its plate may not pass"),
    "driver": word("its driver may not pass"),
    "plate-not-of-driver": word("not a vehicle of its driver"),
    "occupants": word("who is in it"),
    "officer": word("by the officer"),
    "left-by-itself": word("it left by itself"),
}

# Why a read was refused, where that tells of an attack: ReadRefused of the contract.
REFUSALS: Final = {
    "not_secure": word("the line was not secure"),
    "tampered": word("data on the card was changed"),
    "copied": word("the card is a copy"),
    "key_mismatch": word("the card lacks its secret"),
    "revoked": word("the card was revoked"),
}

# What the truth finds by itself: faults, and passages that contradict earlier ones.
ALARM_FAULTS: Final = {
    "gate-silent": word("Gate is silent"),
    "entry-attempts": word("Somebody tries to enter without authorization"),
    "capacity": word("More persons in an area than it can hold"),
    "controller-silent": word("A gate has heard nothing from a controller for a day"),
    "gate-store-failed": word("Gate has no room for its records"),
    "camera-lost": word("Camera is not recorded"),
    "camera-back": word("Camera is recorded again"),
    "camera-frozen": word("Camera shows the same picture all the time"),
    "camera-black": word("Camera shows nothing but black"),
    "camera-covered": word("Camera is covered, or sees nothing"),
    "camera-patchy": word("Camera was recorded with many gaps: a good part of the last hour is missing"),
    "video-cut-short": word("Video was deleted before its time: no room on the gate's disk"),
    "video-not-deleted": word("A gate's disk refused to delete old video"),
    "video-failed": word("A gate's video server ended and is started again"),
    "video-refused": word("Somebody who is no controller came to a gate's video port"),
    "plates-failed": word("A gate's plate reader ended and is started again"),
    "plates-not-served": word("A lane shall read plates, and the gate lacks the libraries for it"),
    "snapshots-missing": word("A passage got no picture"),
    "broker-stuck": word("Broker carried nothing and was started again"),
    "late": word("Records arrived too late for the count"),
    "expired": word("Records arrived after their key's end"),
    "clock-ahead": word("Records were sealed for a time to come: the gate's clock is ahead"),
    "misdated": word("Records were sealed for another time than their own"),
    "pair-replaced": word("Records were sealed to a key that had been replaced, and can not be read"),
    "store-restored": word("An older copy of the record store was put back"),
    "vault-restored": word("An older copy of the vault was put back: its dead keys were destroyed again"),
    "refused-message": word("Message refused"),
    "in-twice": word("Entry twice without an exit"),
    "out-without-in": word("Exit without an entry"),
    "visitor-alone": word("A visitor is inside without the escort"),
    "inner-without-outer": word("Entry to an inner area without an entry to the one around it"),
    "replaced-in-use": word("A pass was used after it had been blocked"),
    "store-failed": word("Records could not be stored"),
    "sweep-failed": word("Deletion failed"),
    "policy-failed": word("Gate policies could not be made"),
    "clock-not-kept": word("The controller's clock could not be saved"),
    "ledger-altered": word("The ledger was altered and set aside"),
    "ledger-cut": word("A witness knows entries that the ledger has not"),
    "ledger-witness-damaged": word("What a witness knew of the ledger was damaged"),
    "plaintext-found": word("A planted text was found in clear"),
    "file-unregistered": word("A file was found that the system does not know"),
    "canary-not-planted": word("A canary could not be planted"),
    "canary-scan-failed": word("The search for canaries failed"),
    "ledger-head-not-kept": word("Where the ledger ends could not be saved"),
    "deleted-rows-in-log": word("Deleted rows are still in the store's journal"),
    "vault-not-rewritten": word("Keys were destroyed, but the vault's disk is full"),
    "screen-guessed": word("Somebody guesses passwords at a gate's screen"),
    "screen-failed": word("Gate officers' screens could not be supplied"),
    "photos-left-out": word("More photos than a gate can hold: screens show names alone"),
    "core-dump-possible": word("A program's memory could come to lie on a disk: core dumps are possible"),
    "memory-may-be-swapped": word("A program's memory could come to lie on a disk: swap is not encrypted"),
    "vault-token-gone": word("The vault's token does not answer: keys are destroyed in memory only"),
    "damaged-row": word("A stored record is damaged and can not be read"),
    "authorization-withdrawn": word("An authorization was withdrawn at once"),
    "last-commander-kept": word(
        "A withdrawal has no effect, for it would have left no commander: authorize another one"
    ),
    "break-glass": word("Break-glass: two officers took access without authorization"),
    "sign-in-attack": word("Somebody guesses at passwords"),
    "sessions-not-kept": word("Sign-ins could not be stored: they end when the controller starts again"),
    "sealed-roll-opened": word("A sealed roll was opened on a tablet"),
    "page-certificate-ends": word("The page's certificate ends within 30 days: tablets will refuse the page"),
    "passkey-copied": word("A passkey may have been copied: it was refused"),
    "operation-by-itself": word("An operation opened by itself: confirm or end it"),
    "announcement-failed": word("Another system does not take what is announced"),
    "command-taken": word("Another commander took command without being asked"),
    "operation-ends-soon": word("An operation ends in less than ten minutes unless it is renewed"),
    "operation-not-renewed": word("An operation ended because nobody renewed it"),
    "ledger-failed": word("The ledger's disk refuses entries: they wait"),
    "alert-refused": word("A signed alert was refused: forged, repeated or late"),
    "controller-enrolled": word("The root enrolled a controller: gates seal to it as well"),
    "not-sealed-here": word("Records that this controller can not open: other controllers are asked for the key"),
    "list-not-kept": word("A new list of controllers could not be written down"),
    "list-refused": word("A list of controllers was refused: forged, old or of another site"),
    "gate-follows-newer-list": word("A gate seals by a newer list of controllers than this controller has"),
    "controller-away": word("Another controller does not answer"),
    "controller-clock-ahead": word("Another controller's clock is ahead: what it enters counts when its time has come"),
    "controllers-differ": word("Two controllers count differently"),
    "exchange-failed": word("What another controller tells can not be taken over"),
    "late-fire": word("A fire release was told too late to open an operation"),
    "reconfirmation-asked": word("Somebody inside is about to expire: look whether that person is there"),
    "copies-out": word("Copies with names were not returned or destroyed though their operation is over"),
    "tablet-lists-out": word("Tablets did not report that they destroyed their lists of names"),
    "hand-over-prepared": word("Names of the missing are about to expire: decide who gets them"),
    "hand-over-to-nobody": word("Names of the missing will be lost: nobody decided, and no addressee can be reached"),
    "hand-over-delayed": word("An addressee of the standing order can not be reached: it is tried again"),
    "hand-over-failed": word("An addressee of the standing order got nothing before the names were deleted"),
    "addressee-unreachable": word("The certificate or way of an addressee of the standing order fails, or soon will"),
}

# What the checks of L6 find: Violation of controller.domain.violations, and attempts that were refused.
ALARM_VIOLATIONS: Final = {
    "access-refused": word("Somebody tried to see movement data without the right to"),
    "record-outlived": word("A record can be read past its limit"),
    "rows-outlived": word("Rows stand in the store past their limit"),
    "key-outlived": word("A key is alive past its limit"),
    "video-outlived": word("A gate holds video past its limit"),
    "gate-outlived": word("A gate holds records past their limit"),
    "seen-without-right": word("Movement data was seen without authorization or briefing"),
    "ledger-tampered": word("The ledger was altered or has a gap"),
    "clock-stepped": word("The controller's clock was set and is not believed"),
    "gate-clock-off": word("A gate's clock is wrong"),
    "scan-overdue": word("The search for canaries is overdue"),
    "check-failed": word("A check of the law failed"),
    "check-overdue": word("A check of the law has not come back"),
    "gate-twice": word("Two machines say they are the same gate"),
}

ALARMS: Final = ALARM_EVENTS | ALARM_FAULTS | ALARM_VIOLATIONS
SEVERE: Final = frozenset(
    {
        "duress", "signal-failed", "entry-attempts", "forced", "passage-without-grant", "fire", "tamper", "gate-twice",
        "sweep-failed", "store-failed",
        "gate-store-failed", "deleted-rows-in-log", "vault-token-gone", "camera-covered",
        "video-not-deleted",
        "operation-by-itself", "operation-ends-soon", "ledger-failed", "ledger-altered", "late-fire",
        "ledger-cut", "ledger-witness-damaged", "plaintext-found", "alert-refused", "controller-enrolled",
        "list-refused", "gate-follows-newer-list", "exchange-failed", "controller-clock-ahead",
        "last-commander-kept", *ALARM_VIOLATIONS,
        "hand-over-to-nobody", "hand-over-delayed", "hand-over-failed",
    }
)  # fmt: skip
"""Alarms that somebody should look into at once."""
RELIEF: Final = frozenset({"closed", "reader-back", "board-back", "camera-back"})
"""Lines that end an alarm."""
NOTICES: Final = frozenset({"denied", "not-taken", "vehicle-turned-away"})
"""Lines that come all day: they stand below all others."""

# How soon an alarm has to be answered: AlarmClass of controller.domain.alarm.
ALARM_CLASSES: Final = {
    "life": word("danger to life, or an operation waits"),
    "intrusion": word("somebody may have come in"),
    "premises": word("a door or an area"),
    "device": word("a device or a gate is gone"),
}

GATE_STATES: Final = {
    "never-seen": word("never heard"),
    "online": word("online"),
    "catching-up": word("catching up"),
    "silent": word("silent"),
}

READER_KINDS: Final = {
    "osdp": word("OSDP"),
    "serial": word("serial"),
    "pcsc": word("smart card"),
    "log": word("log"),
}

BOARD_KINDS: Final = {
    "modbus": word("Modbus board"),
    "serial-relay": word("serial board"),
    "gpio": word("GPIO"),
}

KEY_KINDS: Final = {
    "movement": word("Movements"),
    "video": word("Video"),
}


# Operations: OperationKind and Plan of controller.domain.operation, together.
OPERATIONS: Final = {
    "emergency evacuate": word("Emergency: evacuate"),
    "emergency shelter": word("Emergency: shelter"),
    "emergency lockdown": word("Emergency: lockdown"),
    "emergency relocate": word("Emergency: relocate"),
    "drill evacuate": word("Drill: evacuate"),
    "drill shelter": word("Drill: shelter"),
    "drill lockdown": word("Drill: lockdown"),
    "drill relocate": word("Drill: relocate"),
    "search": word("Search"),
}


def say(words: dict[str, str], code: str, language: Language) -> str:
    """Return the words for `code`, or the code itself."""
    return str(language.translations.gettext(words[code])) if code in words else code


def say_cause(cause: Cause, place: str, since: str, language: Language, formats: Formats) -> str:
    """Return why figures differ, in a sentence: where (a name), since when (words, "" for none); or code and number."""
    say_ = language.translations.gettext
    if (phrase := CAUSES.get(cause.code)) is not None:
        text = language.translations.ngettext(*phrase, cause.persons) % {"num": formats.number(cause.persons)}
        told = _CAME if cause.code == _LEFT_BEHIND else SINCE
        return f"{say_(told) % {'text': text.removesuffix('.'), 'time': since}}." if since else str(text)
    if cause.code not in CAUSES_BOTH_WAYS:
        return f"{cause.code}: {formats.number(cause.persons)}"
    text = say_(CAUSES_BOTH_WAYS[cause.code]) % {"place": place}
    if cause.persons:
        how_many = FEWER_OR_MORE if cause.fewer and cause.more else FEWER if cause.fewer else MORE
        amount = say_(how_many) % {"fewer": formats.number(cause.fewer), "more": formats.number(cause.more)}
        text = say_(WHY_AND_HOW_MANY) % {"why": text, "amount": amount}
    return f"{say_(SINCE) % {'text': text, 'time': since}}." if since else f"{text}."
