"""The shell's navigation: which sections there are, and who is offered which.

A page adds its line to SECTIONS. What somebody is not offered, the API would refuse him as well. Belongs here: the
table of sections. Does not belong here: what a section shows.
"""

from typing import Any, Final, NamedTuple

import msgspec

from controller.console.office_words import ROLES
from controller.console.words import say, word
from controller.domain.rights.deeds import RULES, Deed
from controller.domain.rights.roles import Role
from web.i18n import Language


class Section(NamedTuple):
    """One section: where it begins, what it is called, and a deed whose roles are offered it."""

    path: str
    name: str
    deed: Deed


SECTIONS: Final = (
    Section("/", word("Headcount"), Deed.SEE_COUNTS),
    Section("/alarms", word("Alarms"), Deed.SEE_COUNTS),
    Section("/cameras", word("Cameras"), Deed.SEE_LIVE),
    Section("/operations", word("Operations"), Deed.SEE_OPERATIONS),
    Section("/reconfirm", word("Reconfirm"), Deed.RECONFIRM),
    Section("/hand-over", word("Hand-over"), Deed.SEE_OPERATIONS),
    Section("/copies", word("Copies"), Deed.RECORD_RETURN),
    Section("/tablets", word("Tablets"), Deed.SEE_TABLETS),
    Section("/vehicles", word("Vehicles"), Deed.SEE_REFERENCE),
    Section("/persons", word("Persons"), Deed.SEE_ACCOUNTS),
    Section("/law", word("Law"), Deed.SEE_LAW),
    Section("/trail", word("Trail"), Deed.SEE_TRAIL),
)
"""In the order in which they stand."""


class Oneself(msgspec.Struct, frozen=True):
    """Who is signed in, as GET /api/session tells. See controller/api/session.py."""

    account: str
    name: str
    roles: list[Role]
    deeds: list[str]
    barred_by: str | None
    briefing_version: str
    briefing_due: bool
    member: bool
    authorized_until: str | None


def shell(me: Oneself | None, path: str, language: Language) -> dict[str, Any]:
    """Return what shell.html needs of whoever looks at the page at `path`."""
    sections = []
    for section in SECTIONS if me else ():
        if RULES[section.deed].roles & set(me.roles if me else ()):
            is_here = path == section.path or (section.path != "/" and path.startswith(section.path + "/"))
            sections.append((section.path, language.translations.gettext(section.name), is_here))
    return {
        "me": me,
        "here": path,
        "sections": sections,
        "may_open": me is not None and Deed.OPEN_OPERATION in me.deeds,
        "my_roles": [say(ROLES, role, language) for role in me.roles] if me else [],
    }
