"""What each identity may publish and subscribe, derived from the table of topics.

Belongs here: rights as MQTT topic filters, and the client id that goes with an identity. Does not belong here: how a
broker writes them down (nats.py, mosquitto.py), or the topics themselves (contract/topics.py).

Rule of derivation: a program may publish the topics whose publisher is its role and subscribe those whose listener
is its role, with its own id in the place of its role and anything in the place of the other's. Nothing else is
allowed, and no identity means no right at all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contract.ids import ControllerId, EdgeId, SiteId
from contract.topics import TOPICS, Role
from controller.pki.certificates import controller_identity


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights of one identity: MQTT topic filters (MQTT 3.1.1 section 4.7) it may publish to and subscribe."""

    identity: str
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def edge_rights(site: SiteId, edge: EdgeId, identity: str) -> Rights:
    """Return the rights of gate `edge`, whose certificate names it `identity`."""
    return _rights(identity, Role.EDGE, site, edge=edge)


def controller_rights(site: SiteId, controller: ControllerId) -> Rights:
    """Return the rights of `controller`. Raises BadIdError."""
    return _rights(controller_identity(controller), Role.CONTROLLER, site, controller=controller)


def site_rights(site: SiteId, edges: Mapping[EdgeId, str], controllers: Iterable[ControllerId]) -> tuple[Rights, ...]:
    """Return the rights of everybody who may connect, each once. `edges`: gates and how their certificates name them.

    Raises BadIdError.
    """
    return (
        *(edge_rights(site, edge, identity) for edge, identity in edges.items()),
        *(controller_rights(site, controller) for controller in dict.fromkeys(controllers)),
    )


def _rights(identity: str, role: Role, site: SiteId, *, edge: str = "+", controller: str = "+") -> Rights:
    return Rights(
        identity,
        publish=tuple(
            topic.of(site=site, edge=edge, controller=controller) for topic in TOPICS if topic.publisher is role
        ),
        subscribe=tuple(
            topic.of(site=site, edge=edge, controller=controller) for topic in TOPICS if topic.listener is role
        ),
    )
