"""From characters, each with how sure it is, to plates: the country's forms tell O from 0, I from 1, B from 8.

Belongs here: that arithmetic, pure. Does not belong here: pictures, or which of several texts is the plate (choosing).
"""

from collections.abc import Iterator, Mapping, Sequence
from heapq import nlargest
from math import exp, log
from typing import Final

import msgspec

from edge.plates.syntax import ALPHABET, MOST_CHARACTERS, Slots, Syntax

Character = Mapping[str, float]
"""What one character in the picture may be, of A-Z and 0-9, each with its probability; the rest is something else."""

_ALIKE: Final = (
    ("O0", 0.15), ("I1", 0.15), ("B8", 0.08), ("S5", 0.08), ("Z2", 0.08), ("Q0", 0.04), ("D0", 0.04), ("G6", 0.04),
    ("OQ", 0.04), ("OD", 0.04), ("1L", 0.02), ("1T", 0.02), ("IT", 0.02), ("IL", 0.02), ("4A", 0.02), ("7T", 0.02),
    ("7Z", 0.02), ("71", 0.02), ("1J", 0.02), ("UV", 0.02), ("UO", 0.01), ("U0", 0.01), ("VY", 0.02), ("MN", 0.01),
    ("HN", 0.01), ("MH", 0.01), ("CG", 0.02), ("EF", 0.01), ("PR", 0.01), ("C0", 0.01), ("CO", 0.01), ("38", 0.02),
    ("68", 0.02), ("98", 0.01), ("3B", 0.02), ("KX", 0.01), ("S8", 0.01), ("56", 0.01), ("DQ", 0.02), ("WV", 0.01),
)  # fmt: skip
"""Pairs that are taken for each other, and how often the reader is sure of the wrong one."""
_SAME_TO_THE_EYE: Final = 0.08
_DIGIT: Final = 0.15
_HARDLY: Final = log(1e-4)
_NO_FORM: Final = log(0.003)
"""What a plate of no known form pays: a form may change two look-alikes for less."""
_SHARPER: Final = 2.0
"""Shares of look-alikes say who wins; as probabilities they would doubt every 1 that is plainly read."""
_FREE_AT_MOST: Final = 0.5
"""How sure a plate of no known form can be."""
_EDGE_DROPPED: Final = log(0.02)
_INNER_DROPPED: Final = log(0.002)
_BAND_DROPPED: Final = log(0.4)
_RARE: Final = log(0.15)
_NO_DISTRICT: Final = log(0.1)
_MOST_DROPPED: Final = 3
_FEWEST: Final = 3
_KEPT: Final = 6


def _alike() -> dict[str, dict[str, float]]:
    table: dict[str, dict[str, float]] = {c: {} for c in ALPHABET}
    for (one, other), share in _ALIKE:
        table[one][other] = table[other][one] = share
    return table


_LOOKS_LIKE: Final = _alike()


class Spelling(msgspec.Struct, frozen=True):
    """One way to read a text as a plate. `log_score`: how well, beside others of the same text or of others.

    `confidence`: 0 to 1; `has_form`: whether it is written as a country writes plates.
    """

    plate: str
    log_score: float
    confidence: float
    has_form: bool

    def __repr__(self) -> str:
        """Without the plate."""
        return f"Spelling({self.confidence:.2f}, has_form={self.has_form})"


class _Way(msgspec.Struct, frozen=True):
    """One way to read some characters: its score, the plate, and the logarithm of the probability of what was read."""

    score: float
    plate: str = ""
    log_read: float = 0.0


def spellings(characters: Sequence[Character], syntax: Syntax) -> list[Spelling]:
    """Return the plates that `characters` may be, the best first; none if they are too few or too many."""
    if not _FEWEST <= len(characters) <= MOST_CHARACTERS + _MOST_DROPPED or not _has_digit(characters):
        return []
    places = [_Place(character) for character in characters]
    ways: dict[str, tuple[_Way, bool]] = {}
    free = _free(characters)
    if free is not None:
        _keep(ways, free, has_form=False)
    for dropped in range(_MOST_DROPPED + 1):
        # Who leaves out one character more can not win any more where somebody pays less than that.
        if dropped and any(way.score >= _EDGE_DROPPED for way, _ in ways.values()):
            break
        for start, cost in _starts(characters, syntax):
            for form in syntax.forms:
                if len(places) - start - len(form.sets) == dropped:
                    for way in _fitted(places[start:], form, cost):
                        _keep(ways, way, has_form=True)
    found = sorted(ways.values(), key=lambda pair: -pair[0].score)[:_KEPT]
    return _weighed(found)


def _has_digit(characters: Sequence[Character]) -> bool:
    """Tell whether some character may well be a digit: a word that look-alikes make a plate of (TAXI) is none."""
    return any(sum(share for c, share in character.items() if c.isdigit()) >= _DIGIT for character in characters)


def _weighed(found: Sequence[tuple[_Way, bool]]) -> list[Spelling]:
    if not found:
        return []
    best = found[0][0].score
    whole = sum(exp(_SHARPER * (way.score - best)) for way, _ in found)
    return [
        Spelling(
            way.plate,
            way.score,
            exp(way.log_read / len(way.plate))
            * exp(_SHARPER * (way.score - best))
            / whole
            * (1.0 if has_form else _FREE_AT_MOST),
            has_form,
        )
        for way, has_form in found
    ]


def _keep(ways: dict[str, tuple[_Way, bool]], way: _Way, *, has_form: bool) -> None:
    known = ways.get(way.plate)
    if known is None or known[0].score < way.score:
        ways[way.plate] = way, has_form


def _starts(characters: Sequence[Character], syntax: Syntax) -> Iterator[tuple[int, float]]:
    """Yield where a plate may begin: at the first character, and behind the letters of a country's band."""
    yield 0, 0.0
    likeliest = "".join(max(c, key=c.__getitem__, default="?") for c in characters)
    for band in syntax.bands:
        if likeliest.startswith(band) and len(characters) - len(band) >= _FEWEST:
            yield len(band), _BAND_DROPPED


class _Place:
    """One character that was seen, and the two likeliest of any set of characters, look-alikes counted."""

    def __init__(self, character: Character) -> None:
        # What was neither seen nor looks like what was seen is impossible: no form makes a plate of a sign.
        scores = {c: _score(c, character) for c in ALPHABET}
        self._scores: Final = {c: score for c, score in scores.items() if score[0] > _HARDLY}
        self._best: Final[dict[tuple[frozenset[str], frozenset[str]], list[tuple[float, str, float]]]] = {}

    def best(self, allowed: frozenset[str], rare: frozenset[str]) -> list[tuple[float, str, float]]:
        """Return score, character and logarithm of what was read, for the two likeliest of `allowed`."""
        known = self._best.get((allowed, rare))
        if known is None:
            scored = (
                (score + (_RARE if c in rare else 0.0), c, read)
                for c, (score, read) in self._scores.items()
                if c in allowed
            )
            known = self._best[allowed, rare] = nlargest(2, scored)
        return known


def _score(c: str, character: Character) -> tuple[float, float]:
    """Return the logarithms of how probable `c` is, look-alikes counted, and of how surely it was read.

    A look-alike that the form decides (O or 0) is as sure as the character that was seen: an officer reads that figure.
    """
    read = character.get(c, 0.0)
    alike = [(share, character.get(other, 0.0)) for other, share in _LOOKS_LIKE[c].items()]
    seen = max(read, *(other for share, other in alike if share >= _SAME_TO_THE_EYE), 0.0)
    probable = read + sum(share * other for share, other in alike)
    return _log(probable), _log(seen)


def _log(share: float) -> float:
    return max(_HARDLY, log(share)) if share > 0 else _HARDLY


def _fitted(places: Sequence[_Place], form: Slots, cost: float) -> list[_Way]:
    """Return the best way to put the characters into the form's places, and the next best; some may be left out."""
    n, m = len(places), len(form.sets)
    # ways[j]: the two best ways to fill the first j places of the form with the characters so far.
    ways: list[list[_Way]] = [[_Way(form.log_weight + cost)], *([] for _ in range(m))]
    for i, place in enumerate(places):
        dropped = _EDGE_DROPPED if i in {0, n - 1} else _INNER_DROPPED
        following: list[list[_Way]] = [[] for _ in range(m + 1)]
        for j in range(max(0, i - (n - m)), min(i, m) + 1):
            if i - j < n - m:
                following[j] += [_Way(way.score + dropped, way.plate, way.log_read) for way in ways[j]]
            if j < m and ways[j]:
                following[j + 1] += [
                    _Way(way.score + score, way.plate + c, way.log_read + read)
                    for way in ways[j]
                    for score, c, read in place.best(form.sets[j], form.rare)
                ]
        ways = [nlargest(2, options, key=lambda way: way.score) for options in following]
    return [
        _Way(way.score + (0.0 if form.has_district(way.plate) else _NO_DISTRICT), way.plate, way.log_read)
        for way in ways[m]
    ]


def _free(characters: Sequence[Character]) -> _Way | None:
    """Return the text as it was read, for plates of no known form; None if it is too short, too long or a word."""
    read = [max(c.items(), key=lambda pair: pair[1]) for c in characters if c]
    plate = "".join(c for c, _ in read)
    if not _FEWEST <= len(plate) <= MOST_CHARACTERS or not any(c.isdigit() for c in plate):
        return None
    log_read = sum(_log(share) for _, share in read)
    return _Way(log_read + _NO_FORM, plate, log_read)
