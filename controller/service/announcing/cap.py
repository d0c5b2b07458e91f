"""An announcement as a CAP message (OASIS Common Alerting Protocol, version 1.2).

Belongs here: which element says what; section numbers are those of the standard. Does not belong here: when something
is said (domain/announcement.py), or sending it.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, NamedTuple
from xml.etree import ElementTree as ET

from contract.clock import to_datetime
from controller.domain.announcement import Announcement, Turn
from controller.domain.operation import OperationKind, Plan, Reason

MEDIA_TYPE: Final = "application/cap+xml"
_NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
_RESPONSES: Final = {
    Plan.EVACUATE: "Evacuate",
    Plan.RELOCATE: "Evacuate",
    Plan.SHELTER: "Shelter",
    Plan.LOCKDOWN: "Shelter",
}
_CATEGORIES: Final = {
    Reason.FIRE: "Fire",
    Reason.ARMED_ATTACK: "Security",
    Reason.BOMB_THREAT: "Security",
    Reason.HAZARDOUS_SUBSTANCE: "CBRNE",
    Reason.STRUCTURE: "Infra",
    Reason.NATURAL_HAZARD: "Geo",
    Reason.MEDICAL: "Health",
}
_HEADLINES: Final = {
    Turn.OPENED: "{kind}: {plan}",
    Turn.STANDS: "{kind} goes on: {plan}",
    Turn.ALL_CLEAR: "All clear: {plan}",
    Turn.RESUMED: "All clear taken back: {plan}",
    Turn.ENDED: "{kind} ended: {plan}",
}
_RESTRICTION: Final = "For systems that the site's security staff has named; not for the public."


class Sender(NamedTuple):
    """Who says it: the site's id and name, and the controller."""

    site: str
    site_name: str
    controller: str

    @property
    def text(self) -> str:
        """As CAP writes it: no spaces, commas or angle brackets (3.2.1, sender)."""
        return f"{self.controller}.{self.site}"

    def identifier(self, told: Announcement) -> str:
        """Return the message's own number, unique for this sender (3.2.1, identifier)."""
        return f"{self.text}.{told.operation}.{told.at_ns}"


def cap_message(told: Announcement, sender: Sender, before: Sequence[Announcement]) -> bytes:
    """Return the message. `before`: what the receiver was told of this operation, oldest first."""
    ET.register_namespace("", _NAMESPACE)
    alert = ET.Element(f"{{{_NAMESPACE}}}alert")
    _add(alert, "identifier", sender.identifier(told))
    _add(alert, "sender", sender.text)
    _add(alert, "sent", _time(told.at_ns))
    _add(alert, "status", "Exercise" if told.kind is OperationKind.DRILL else "Actual")
    _add(alert, "msgType", "Update" if before else "Alert")
    _add(alert, "scope", "Restricted")
    _add(alert, "restriction", _RESTRICTION)
    if before:
        _add(alert, "references", " ".join(f"{sender.text},{sender.identifier(b)},{_time(b.at_ns)}" for b in before))
    info = _add(alert, "info")
    is_over = told.turn in {Turn.ALL_CLEAR, Turn.ENDED}
    _add(info, "language", "en")
    _add(info, "category", _CATEGORIES.get(told.reason, "Safety"))
    _add(info, "event", told.plan.value.capitalize())
    _add(info, "responseType", "AllClear" if is_over else _RESPONSES[told.plan])
    _add(info, "urgency", "Past" if is_over else "Immediate")
    _add(info, "severity", "Minor" if is_over else "Severe")
    _add(info, "certainty", "Observed" if told.is_confirmed else "Likely")
    _add(info, "onset", _time(told.opened_ns))
    _add(info, "expires", _time(told.ends_ns))
    _add(info, "senderName", sender.site_name)
    words = {"kind": told.kind.value.capitalize(), "plan": told.plan.value}
    _add(info, "headline", _HEADLINES[told.turn].format(**words))
    for name, value in (("operation", told.operation), ("reason", told.reason.value), ("said", told.turn.value)):
        _parameter(info, name, value)
    for name, amount in told.figures.items():
        _parameter(info, name.value, str(amount))
    _add(_add(info, "area"), "areaDesc", sender.site_name)
    return bytes(ET.tostring(alert, encoding="UTF-8", xml_declaration=True))


def _time(at_ns: int) -> str:
    """CAP writes UTC as -00:00 (3.3.2)."""
    moment = to_datetime(at_ns)
    return (moment - timedelta(microseconds=moment.microsecond)).strftime("%Y-%m-%dT%H:%M:%S-00:00")


def _parameter(info: ET.Element, name: str, value: str) -> None:
    parameter = _add(info, "parameter")
    _add(parameter, "valueName", name)
    _add(parameter, "value", value)


def _add(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    child = ET.SubElement(parent, f"{{{_NAMESPACE}}}{name}")
    child.text = text
    return child
