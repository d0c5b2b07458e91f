"""The words of an operation's board: states, means, contradictions, and what its page says by itself.

The page gets all of them at once, for its list changes without asking. Belongs here: one phrase a code; `{name}` stands
for what the page fills in. Does not belong here: where it stands (static/board), or operations (operation_words.py).
"""

from collections.abc import Callable
from typing import Final

from controller.console.office_words import REFUSALS
from controller.console.operation_words import KNOWN
from controller.console.words import word
from controller.ledger.kinds import KINDS

# State of controller.domain.muster.person.
STATES: Final = {
    "missing": word("missing"),
    "accounted": word("accounted for"),
    "staying": word("stays by order"),
    "contradicted": word("contradicted"),
    "left": word("has left"),
    "entered": word("came in since"),
    "found": word("found"),
}

# How of controller.domain.muster.sightings.
MEANS: Final = {
    "reader": word("muster-point reader"),
    "exit": word("read at an exit"),
    "warden": word("seen by a warden"),
    "handheld": word("handheld reader"),
    "officer": word("seen by an officer"),
    "phone": word("answered by phone"),
    "order": word("stays by order"),
    "inside": word("read inside"),
}

# Contradiction of controller.domain.muster.person.
CONTRADICTIONS: Final = {
    "back-inside": word("Accounted for, and seen inside after that."),
    "two-places": word("Seen at two places at one time."),
    "phone-and-inside": word("Answered by phone, and seen inside."),
}

# WithdrawnBecause of the contract.
BECAUSE: Final = {
    "entered-by-mistake": word("entered by mistake"),
    "wrong-person": word("it was another person"),
    "wrong-place": word("it was another place"),
    "not-seen-after-all": word("not seen after all"),
    "went-back-in": word("went back in"),
}

# Why of controller.service.muster.marking.
REFUSED: Final = {
    "bad-act-id": word("This page is out of date: open it again."),
    "no-such-operation": word("This operation is not known here."),
    "before-operation": word("It was before the operation opened: check this device's clock."),
    "after-operation": word("The operation was over by then."),
    "from-the-future": word("It lies in the future: check this device's clock."),
    "too-old": word("It was too long ago: its records are gone."),
    "no-such-person": word("This person is not registered any more."),
    "no-such-area": word("Say where the person was seen, or choose the phone."),
    "zone-not-handed": word("This zone is on no list of this tablet: whoever has its list reports it."),
    "no-such-muster-point": word("There is no such muster point."),
    "no-such-means": word("Say how the person was seen."),
    "no-such-mark": word("This mark is not known here."),
    "no-such-reason": word("Say why it is taken back."),
    "bad-amount": word("Say how many persons."),
}

_STEPS: Final = (
    "operation-opened", "operation-confirmed", "operation-renewed", "command-offered", "command-taken", "all-clear",
    "all-clear-taken-back", "sirens-silenced", "sirens-sound-again", "disclosure-made", "disclosure-returned",
    "disclosure-destroyed",
)  # fmt: skip

# Of the timeline: steps of the operation as the ledger says them, and what its board tells besides.
TIMELINE: Final = {
    **{kind: KINDS[kind].says for kind in _STEPS},
    "operation-sampled": word("How the roll call stood"),
    "area-swept": word("A zone was searched"),
    "unnamed-seen": word("Persons without a name were seen"),
    "reached-50": word("Half of the expected are accounted for"),
    "reached-90": word("Nine in ten of the expected are accounted for"),
    "reached-100": word("All of the expected are accounted for"),
}

# Figures of the timeline.
FACTS: Final = {
    "amount": word("persons"),
    "expected": word("expected"),
    "accounted": word("accounted for"),
    "missing": word("missing"),
}

# Need of controller.domain.need.
NEEDS: Final = {
    "evacuation-chair": word("needs an evacuation chair"),
    "guide": word("needs somebody to go along"),
    "told-in-person": word("has to be told in person"),
}

AREAS: Final = {"outside": word("outside"), "": word("no place")}

SAY: Final = {
    "account": word("Account for"),
    "more": word("More"),
    "nobody": word("not in the reference data any more"),
    "wrong-point": word("at another muster point than planned"),
    "unknown": word("unknown"),
    "show-area": word("Show the persons of {area}"),
    "swept-at": word("swept {time}"),
    "sweep": word("Report swept"),
    "sweep-title": word("Swept: {area}. How many persons without a name were found?"),
    "list": word("Print a list"),
    "list-of": word("Print a list for the wardens of {area}"),
    "add-unnamed": word("+ unnamed"),
    "unnamed-title": word("{point}: how many persons whom nobody can name?"),
    "accounted-here": word("accounted for: {num}"),
    "unnamed-here": word("unnamed: {num}"),
    "wrong-here": word("of another point: {num}"),
    "shown": word("{first} to {last} of {total}"),
    "did-account": word("Accounted for: {name}."),
    "undo": word("Take it back"),
    "withdraw": word("Take back"),
    "withdrawn": word("taken back"),
    "why-withdrawn": word("Why it is taken back"),
    "waiting": word("Marks on their way: {num}"),
    "refused": word("This mark was refused."),
    "lost": word(
        "No connection since {time}. What stands below is old. Marks are kept and sent as soon as it is back."
    ),
}
"""What the page says by itself."""

TABLES: Final = {
    "states": STATES,
    "means": MEANS,
    "contradictions": CONTRADICTIONS,
    "because": BECAUSE,
    "refused": REFUSED,
    "areas": AREAS,
    "needs": NEEDS,
    "timeline": TIMELINE,
    "facts": FACTS,
    "known": KNOWN,
    "refusals": REFUSALS,
    "say": SAY,
}


def words_of(translate: Callable[[str], str]) -> dict[str, dict[str, str]]:
    """Return all tables in one language."""
    return {name: {code: translate(text) for code, text in table.items()} for name, table in TABLES.items()}
