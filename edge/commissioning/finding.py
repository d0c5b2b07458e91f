"""One finding of the commissioning check.

Belongs here: its shape and what it counts for. Does not belong here: how anything is found.
"""

import enum
from collections.abc import Iterable

import msgspec


class Subject(enum.StrEnum):
    """What a finding is about."""

    FILES = "files"
    KEYS = "keys"
    DISK = "disk"
    NETWORK = "network"
    CLOCK = "clock"
    POLICY = "policy"
    READER = "reader"
    BOARD = "board"
    PORTAL = "portal"
    CAMERA = "camera"


class Verdict(enum.StrEnum):
    """How a check ended. What was not checked does not make a gate fit for service."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not-checked"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What was found about one thing.

    `name`: which one, as the site file calls it. `words`: the finding. `remedy`: what to do, where it did not pass.
    `figures`: what was measured, by name with unit. Never contains a key, a password, a card or a person.
    """

    subject: Subject
    name: str
    verdict: Verdict
    words: str
    remedy: str = ""
    figures: dict[str, float] = {}
    facts: dict[str, str] = {}


def passed(subject: Subject, name: str, words: str, **figures: float) -> Finding:
    """Return a finding of something that is as it should be."""
    return Finding(subject=subject, name=name, verdict=Verdict.PASSED, words=words, figures=figures)


def failed(subject: Subject, name: str, words: str, remedy: str, **figures: float) -> Finding:
    """Return a finding of something that must be mended before service."""
    return Finding(subject=subject, name=name, verdict=Verdict.FAILED, words=words, remedy=remedy, figures=figures)


def not_checked(subject: Subject, name: str, words: str, remedy: str) -> Finding:
    """Return a finding of something that nobody knows yet."""
    return Finding(subject=subject, name=name, verdict=Verdict.NOT_CHECKED, words=words, remedy=remedy)


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """Return the worst of all verdicts: failed before not checked before passed; without findings, not checked."""
    verdicts = {finding.verdict for finding in findings}
    if Verdict.FAILED in verdicts:
        return Verdict.FAILED
    return Verdict.NOT_CHECKED if Verdict.NOT_CHECKED in verdicts or not verdicts else Verdict.PASSED
