"""Judges facts by each of L1 to L9. Pure: the same facts give the same rows.

A rule is *broken* while a check finds its violation, or a breach or fault of it stands on record without an auditor's
note; it wants *attention* where nothing is broken yet but a person should act. Belongs here: that judgement. Does not
belong here: facts, or words.
"""

from collections.abc import Iterable
from typing import Final

from contract.periods import MOVEMENT_LIMIT_S, VIDEO_LIMIT_S
from controller.domain.rights.deeds import RULES, Moment, Sight
from controller.domain.rights.deeds import Rule as DeedRule
from controller.domain.violations import JUDGED, Rule, Violation
from controller.law import words
from controller.law.facts import Facts
from controller.law.report import Evidence, Row, State, Unit

WATCHED: Final = {
    Rule.L1: {"access"},
    Rule.L2: {"access"},
    Rule.L3: {"access"},
    Rule.L4: {"records", "rows", "clocks", "gate-stores"},
    Rule.L5: {"records", "gate-stores"},
    Rule.L6: {"ledger-chain", "gates-twice"},
    Rule.L7: {"canary-search"},
}
"""By which checks, by their names, a rule is watched: where one of them is blind, nobody can say that it is kept."""


def judge(facts: Facts, commands: dict[Rule, list[str]]) -> list[Row]:
    """Return a row for each rule. `commands`: how each can be checked."""
    return [
        _row(Rule.L1, facts, _purpose(facts), [], commands),
        _row(Rule.L2, facts, _who(facts), _who_reasons(facts), commands),
        _row(Rule.L3, facts, _disclosure(facts), _disclosure_reasons(facts), commands),
        _row(Rule.L4, facts, _movements(facts), _movement_reasons(facts), commands),
        _row(Rule.L5, facts, _video(facts), _silent(facts), commands),
        _row(Rule.L6, facts, _visible(facts), _visible_reasons(facts), commands),
        _row(Rule.L7, facts, _protected(facts), _protected_reasons(facts), commands),
        _row(Rule.L8, facts, _everybody(facts), [], commands),
        _row(Rule.L9, facts, _standard(facts), [], commands),
    ]


def overall(rows: Iterable[Row]) -> State:
    """Return the worst state of all rows."""
    states = {row.state for row in rows}
    return next(state for state in (State.BROKEN, State.ATTENTION, State.KEPT) if state in states)


def _row(
    rule: Rule, facts: Facts, evidence: list[Evidence], attention: list[str], commands: dict[Rule, list[str]]
) -> Row:
    broken = [words.FOUND[found] for found in sorted(facts.found) if JUDGED[found][0] is rule]
    if facts.standing.get(rule):
        broken.append(words.STANDING)
    broken += _never(rule, facts)
    blind = {facts.blind[check] for check in WATCHED.get(rule, ()) if check in facts.blind}
    attention = [*attention, *(words.FOUND[why] for why in sorted(blind))]
    state = State.BROKEN if broken else State.ATTENTION if attention else State.KEPT
    return Row(rule.value, words.CLAIMS[rule], state, broken + attention, evidence, commands[rule])


def _never(rule: Rule, facts: Facts) -> list[str]:
    """What no check needs to find, for it can be read off the settings and receipts."""
    match rule:
        case Rule.L1 if any(rule.moment is Moment.ALWAYS for rule in _showing()):
            return [words.ALWAYS]
        case Rule.L4 if facts.movement_limit_s > MOVEMENT_LIMIT_S:
            return [words.LIMIT_TOO_LONG]
        case Rule.L5 | Rule.L8 if facts.video_limit_s > VIDEO_LIMIT_S or facts.movement_limit_s > MOVEMENT_LIMIT_S:
            return [words.LIMIT_TOO_LONG]
        case Rule.L5 if facts.oldest_video_key_s >= facts.video_limit_s:
            return [words.FOUND[Violation.KEY_OUTLIVED]]
        case Rule.L7 if facts.last_scan is not None and facts.last_scan.hits:
            return [words.CANARY_HIT]
    return []


def _count(what: str, value: int, entry: int = 0) -> Evidence:
    return Evidence(what, Unit.COUNT, value, entry)


def _purpose(facts: Facts) -> list[Evidence]:
    shows = _showing()
    return [
        _count(words.OPEN_OPERATIONS, len(facts.operations)),
        _count(words.WAYS_TO_NAMES, len(shows)),
        _count(words.WAYS_ALWAYS, sum(rule.moment is Moment.ALWAYS for rule in shows)),
        _count(words.GATE_SCREENS, facts.gate_screens),
        _count(words.LOOKS, facts.looks, facts.last_look_entry),
    ]


def _showing() -> list[DeedRule]:
    """Return the rules of deeds that show movements."""
    return [rule for rule in RULES.values() if rule.sight is Sight.MOVEMENTS]


def _who(facts: Facts) -> list[Evidence]:
    return [
        _count(words.OFFICERS, facts.officers),
        _count(words.AUTHORIZED, facts.authorized),
        _count(words.FIT, facts.fit),
        _count(words.GLASS, facts.broke_glass),
        _count(words.ATTEMPTS, facts.attempts),
    ]


def _who_reasons(facts: Facts) -> list[str]:
    return _those(
        (not facts.fit_commanders, words.NO_COMMANDER),
        (bool(facts.expiring), words.EXPIRING),
    )


def _disclosure(facts: Facts) -> list[Evidence]:
    return [
        _count(words.COPIES, facts.copies.made),
        _count(words.BACK, facts.copies.back),
        _count(words.HANDED_OVER, facts.copies.handed_over),
        _count(words.OUT, facts.copies.out),
        _count(words.ADDRESSEES, facts.addressees),
    ]


def _disclosure_reasons(facts: Facts) -> list[str]:
    return _those(
        (bool(facts.copies.out) and not facts.operations, words.COPIES_OUT),
        (not facts.addressees, words.NO_STANDING_ORDER),
    )


def _movements(facts: Facts) -> list[Evidence]:
    evidence = [
        Evidence(words.OLDEST, Unit.SECONDS, facts.oldest_readable_s),
        Evidence(words.LIMIT, Unit.SECONDS, facts.movement_limit_s),
        _count(words.DESTROYED, facts.keys_destroyed),
        Evidence(words.LATEST, Unit.SECONDS, facts.latest_death_s),
        _count(words.EXPIRED, facts.expired),
    ]
    if (death := facts.last_death) is not None:
        evidence += [
            Evidence(words.DUE, Unit.MOMENT, death.planned, death.entry),
            Evidence(words.DONE, Unit.MOMENT, death.done, death.entry),
        ]
    return evidence


def _movement_reasons(facts: Facts) -> list[str]:
    return [*_those((bool(facts.late_deaths), words.DIED_LATE)), *_silent(facts)]


def _video(facts: Facts) -> list[Evidence]:
    return [
        Evidence(words.OLDEST_VIDEO, Unit.SECONDS, facts.oldest_video_key_s),
        Evidence(words.LIMIT, Unit.SECONDS, facts.video_limit_s),
        _count(words.SEGMENTS, facts.video_segments),
        _count(words.SILENT, facts.gates_silent),
    ]


def _visible(facts: Facts) -> list[Evidence]:
    return [
        _count(words.ENTRIES, facts.ledger_entries),
        _count(words.CHECKS, facts.checks),
        _count(words.NOT_NOTED, sum(facts.standing.values())),
        Evidence(words.INVESTIGATORS, Unit.YES, int(facts.has_investigators)),
    ]


def _visible_reasons(facts: Facts) -> list[str]:
    return _those((not facts.has_investigators, words.NO_INVESTIGATORS))


def _protected(facts: Facts) -> list[Evidence]:
    evidence = [Evidence(words.VAULT, Unit.TEXT, facts.vault_kind)]
    if (scan := facts.last_scan) is not None:
        evidence += [
            Evidence(words.SCANNED, Unit.MOMENT, scan.at, scan.entry),
            Evidence(words.SCANNED_BYTES, Unit.BYTES, scan.scanned_bytes, scan.entry),
            _count(words.HITS, scan.hits, scan.entry),
        ]
    return evidence


def _protected_reasons(facts: Facts) -> list[str]:
    return _those(
        (not facts.vault_complies, words.VAULT_IS_FILE),
        (facts.last_scan is None, words.NEVER_SCANNED),
        (bool(facts.exposed), words.EXPOSED),
    )


def _everybody(facts: Facts) -> list[Evidence]:
    return [
        _count(words.HOLDERS, facts.holders),
        Evidence(words.LIMIT, Unit.SECONDS, facts.movement_limit_s),
        Evidence(words.LEGAL_LIMIT, Unit.SECONDS, MOVEMENT_LIMIT_S),
    ]


def _standard(facts: Facts) -> list[Evidence]:
    return [
        Evidence(words.PROFILE, Unit.TEXT, facts.profile_sha256),
        Evidence(words.SITE_FILE, Unit.TEXT, facts.site_file_sha256),
        Evidence(words.PROGRAM, Unit.TEXT, facts.program),
        _count(words.DIFFERENT, len(facts.settings)),
        *(Evidence(name, Unit.TEXT, value) for name, value in sorted(facts.settings.items())),
    ]


def _silent(facts: Facts) -> list[str]:
    return _those((bool(facts.gates_silent), words.GATES_SILENT))


def _those(*reasons: tuple[bool, str]) -> list[str]:
    return [text for holds, text in reasons if holds]
