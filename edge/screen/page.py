"""The screen's pages in one language.

Belongs here: rendering. Does not belong here: what may be shown (showing.py), or routes (app.py).
"""

from collections.abc import Mapping, Sequence

from contract.ids import AccessPointId
from edge.screen import TEMPLATES
from edge.screen.showing import Showing, Shown, Standing
from edge.screen.words import OUTCOMES, REASONS, STANDINGS, TROUBLES, say
from edge.technician import Outcome
from web.i18n import Language
from web.templating import environment

_SIGNS = {Outcome.GRANTED: "good", Outcome.DENIED: "severe"}


class Page:
    """Renders. `points`: names of access points by id."""

    def __init__(
        self, language: Language, languages: Sequence[Language], gate: str, points: Mapping[AccessPointId, str]
    ) -> None:
        self._language = language
        self._points = points
        made = environment(language, TEMPLATES)
        made.globals.update(languages=languages, gate=gate)
        self._whole = made.get_template("screen.html")
        self._sign_in = made.get_template("sign-in.html")
        self._now = made.get_template("now.html")

    def whole(self, showing: Showing, boottime_ns: int) -> str:
        """Return the page for whoever is signed in."""
        return self._whole.render(now=self.now(showing, boottime_ns))

    def sign_in(self, standing: Standing, *, is_refused: bool = False, wait_s: int = 0) -> str:
        """Return the form to sign in; `is_refused`: after a try that failed, `wait_s`: until the next makes sense."""
        note = "" if standing is Standing.READY else self._say(STANDINGS[standing])
        return self._sign_in.render(note=note, is_refused=is_refused, wait_s=wait_s)

    def now(self, showing: Showing, boottime_ns: int) -> str:
        """Return what stands on the screen at this moment."""
        shown, standing = showing.shown(boottime_ns), showing.standing(boottime_ns)
        return self._now.render(
            standing=self._say(STANDINGS[standing]),
            is_ready=standing is Standing.READY,
            troubles=[(place, self._say(TROUBLES[what])) for place, what in sorted(showing.troubles.items())],
            person=None if shown is None else self._person(shown),
        )

    def _person(self, shown: Shown) -> dict[str, str]:
        read, face = shown.read, shown.face
        return {
            "sign": _SIGNS.get(read.outcome, "info"),
            "outcome": self._say(OUTCOMES[read.outcome]),
            "reason": "" if read.reason is None else self._say(REASONS[read.reason]),
            "point": self._points.get(read.point, read.point),
            "name": "" if face is None else face.name,
            "category": "" if face is None else face.category,
            "photo": f"/face/{shown.id}" if face is not None and face.photo else "",
        }

    def _say(self, text: str) -> str:
        return say(text, self._language)
