"""Deeds: everything that somebody can do at a screen or over the API, what it shows, and who may.

Every endpoint declares one deed; the table in the guide is generated from here. There is no deed for attendance,
history or export: absent, not switched off (L1). Belongs here: the table. Does not belong here: authorization, briefing
and operations, which come on top of it (judge.py).
"""

import enum
from dataclasses import dataclass
from typing import Final

from controller.domain.rights.roles import Role


class Sight(enum.IntEnum):
    """What a deed lets somebody see, the most it can be."""

    NOTHING = 0
    """Nothing of anybody: counts of events, devices, receipts."""
    COUNTS = 1
    """How many are where."""
    REFERENCE = 2
    """Who holds which pass: no movement."""
    PRESENT = 3
    """Who stands before a camera at this moment, without a name; nothing of the past."""
    MOVEMENTS = 4
    """That a named person is, or is not, on the premises. In/out data (L4)."""


class Moment(enum.StrEnum):
    """When a deed may be done."""

    ALWAYS = "always"
    OPERATION = "operation"
    """While any operation is open whose names are open."""
    SEARCH = "search"
    """While a search is open."""
    SERIOUS = "serious"
    """While an emergency or a search is open whose names are open: no drill."""
    EXPIRY = "expiry"
    """For one person at a time whose record is about to expire."""


class Deed(enum.StrEnum):
    """Everything that can be done."""

    SEE_COUNTS = "see-counts"
    ACKNOWLEDGE_ALARM = "acknowledge-alarm"
    COUNT_UNNAMED = "count-unnamed"
    """People who do not badge: plus or minus n, at any time (C5)."""
    SEE_PLACES = "see-places"
    SEE_METRICS = "see-metrics"
    SEE_REFERENCE = "see-reference"
    WRITE_REFERENCE = "write-reference"
    WRITE_ACCESS_LEVELS = "write-access-levels"
    SEE_OWN_ACCOUNT = "see-own-account"
    ACKNOWLEDGE_BRIEFING = "acknowledge-briefing"
    SEE_ACCOUNTS = "see-accounts"
    MANAGE_ACCOUNTS = "manage-accounts"
    NAME_AUTHORIZING_OFFICER = "name-authorizing-officer"
    AUTHORIZE = "authorize"
    WITHDRAW = "withdraw"
    BREAK_GLASS = "break-glass"
    SEE_OPERATIONS = "see-operations"
    OPEN_OPERATION = "open-operation"
    LEAD_OPERATION = "lead-operation"
    READ_NOTICES = "read-notices"
    """What is reported to the authorizing office, and that it was read."""
    SEE_ROLL = "see-roll"
    MARK = "mark"
    """Say that somebody was seen, that a zone was searched, and take it back: shows nothing of anybody."""
    SEE_LIVE = "see-live"
    """What a gate's camera sees now."""
    SEE_VIDEO = "see-video"
    """Recordings."""
    HAND_OVER_CLIP = "hand-over-clip"
    """Give a recording to somebody else, encrypted to him: whoever gives it sees nothing by that."""
    SEARCH_PERSON = "search-person"
    RECONFIRM = "reconfirm"
    DISCLOSE = "disclose"
    RECORD_RETURN = "record-return"
    DECIDE_HAND_OVER = "decide-hand-over"
    SET_STANDING_ORDER = "set-standing-order"
    SEE_TABLETS = "see-tablets"
    MANAGE_TABLETS = "manage-tablets"
    SET_ROLL_KEY = "set-roll-key"
    """One's own key, by which sealed rolls on tablets open."""
    SEE_TRAIL = "see-trail"
    NOTE_VIOLATION = "note-violation"
    SEE_LAW = "see-law"
    SET_INVESTIGATORS = "set-investigators"


@dataclass(frozen=True)
class Rule:
    """Who may do a deed, what it shows at most, and when it may be done.

    `needs_role`: False for what somebody may do about himself before he has any role. `needs_fitness`: only who may see
    movements, by authorization and briefing, may do it, though it shows none.
    """

    roles: frozenset[Role]
    sight: Sight = Sight.NOTHING
    moment: Moment = Moment.ALWAYS
    needs_role: bool = True
    needs_fitness: bool = False


_EVERYBODY: Final = frozenset(Role)
_PASSES: Final = frozenset({Role.PASS_OFFICER, Role.VISITOR_DESK})
_CENTRE: Final = frozenset({Role.OPERATOR, Role.COMMANDER})
_COMMANDER: Final = frozenset({Role.COMMANDER})
_AUTHORIZING: Final = frozenset({Role.AUTHORIZING_OFFICER})
_OVERSEERS: Final = frozenset({Role.AUDITOR, Role.AUTHORIZING_OFFICER})

RULES: Final[dict[Deed, Rule]] = {
    Deed.SEE_COUNTS: Rule(_EVERYBODY, Sight.COUNTS),
    Deed.ACKNOWLEDGE_ALARM: Rule(_CENTRE),
    Deed.COUNT_UNNAMED: Rule(_CENTRE),
    Deed.SEE_PLACES: Rule(_EVERYBODY),
    Deed.SEE_METRICS: Rule(frozenset({Role.ADMINISTRATOR, Role.TECHNICIAN, Role.AUDITOR}), Sight.COUNTS),
    Deed.SEE_REFERENCE: Rule(_PASSES, Sight.REFERENCE),
    Deed.WRITE_REFERENCE: Rule(_PASSES, Sight.REFERENCE),
    Deed.WRITE_ACCESS_LEVELS: Rule(frozenset({Role.PASS_OFFICER})),
    Deed.SEE_OWN_ACCOUNT: Rule(_EVERYBODY, needs_role=False),
    Deed.ACKNOWLEDGE_BRIEFING: Rule(_EVERYBODY, needs_role=False),
    Deed.SEE_ACCOUNTS: Rule(frozenset({Role.ADMINISTRATOR, *_OVERSEERS, *_COMMANDER})),
    Deed.MANAGE_ACCOUNTS: Rule(frozenset({Role.ADMINISTRATOR})),
    Deed.NAME_AUTHORIZING_OFFICER: Rule(_AUTHORIZING | {Role.ADMINISTRATOR}),
    Deed.AUTHORIZE: Rule(_AUTHORIZING),
    Deed.WITHDRAW: Rule(_AUTHORIZING | _COMMANDER),
    Deed.BREAK_GLASS: Rule(frozenset({Role.GATE_OFFICER, Role.OPERATOR, Role.COMMANDER})),
    Deed.SEE_OPERATIONS: Rule(_CENTRE | _OVERSEERS | {Role.GATE_OFFICER}, Sight.COUNTS),
    Deed.OPEN_OPERATION: Rule(_COMMANDER),
    Deed.LEAD_OPERATION: Rule(_COMMANDER),
    Deed.READ_NOTICES: Rule(_AUTHORIZING),
    Deed.SEE_ROLL: Rule(_CENTRE, Sight.MOVEMENTS, Moment.OPERATION),
    Deed.MARK: Rule(_CENTRE | {Role.GATE_OFFICER}, needs_fitness=True),
    Deed.SEE_LIVE: Rule(_CENTRE, Sight.PRESENT, needs_fitness=True),
    Deed.SEE_VIDEO: Rule(_CENTRE, Sight.MOVEMENTS, Moment.OPERATION),
    Deed.HAND_OVER_CLIP: Rule(_COMMANDER, Sight.NOTHING, Moment.SERIOUS, needs_fitness=True),
    Deed.SEARCH_PERSON: Rule(_CENTRE, Sight.MOVEMENTS, Moment.SEARCH),
    Deed.RECONFIRM: Rule(_CENTRE, Sight.MOVEMENTS, Moment.EXPIRY),
    Deed.DISCLOSE: Rule(_COMMANDER, Sight.MOVEMENTS, Moment.OPERATION),
    Deed.RECORD_RETURN: Rule(_CENTRE),
    Deed.DECIDE_HAND_OVER: Rule(_COMMANDER, Sight.MOVEMENTS, Moment.SERIOUS),
    Deed.SET_STANDING_ORDER: Rule(_AUTHORIZING),
    Deed.SEE_TABLETS: Rule(_COMMANDER | {Role.ADMINISTRATOR}),
    Deed.MANAGE_TABLETS: Rule(frozenset({Role.ADMINISTRATOR})),
    Deed.SET_ROLL_KEY: Rule(_COMMANDER),
    Deed.SEE_TRAIL: Rule(frozenset({Role.AUDITOR})),
    Deed.NOTE_VIOLATION: Rule(frozenset({Role.AUDITOR})),
    Deed.SET_INVESTIGATORS: Rule(_AUTHORIZING),
    Deed.SEE_LAW: Rule(frozenset({Role.AUDITOR, Role.AUTHORIZING_OFFICER, Role.ADMINISTRATOR, Role.TECHNICIAN})),
}
