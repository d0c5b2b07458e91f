"""The ceremony by which controllers come to belong to a site: request, signature, installation.

Belongs here: its steps, each as whoever does it does it, and all of them at once for sites that live for an hour, as a
demo. Does not belong here: the root (pki/root.py), or the command line (sacs/root_command.py).
"""

from pathlib import Path

from contract.clock import SystemClock, to_datetime
from contract.controllers import ControllerCard, ControllerList
from controller.composition.assembly import Settings
from controller.files import only_user_of
from controller.identity import keep_reference_key, load_identity
from controller.peer.joining import open_reference_copy
from controller.pki.folder import Authority
from controller.pki.listed import install
from controller.pki.request import make_request, own_card, read_request
from controller.pki.root import LIST, PUBLIC_FILE, Root
from controller.ports import ports_of
from controller.vault import TokenSettings, open_token


def request_of(settings: Settings) -> bytes:
    """Return what the controller with these settings asks the root to sign; its keys and ports are made if need be.

    Raises controller.files.FolderInUseError while it runs, and what its keys raise; OSError.
    """
    site, state = settings.site.site.id, settings.state
    with only_user_of(state), only_user_of(settings.vault):
        token = None if settings.token is None else open_token(settings.token)
        identity = load_identity(state, settings.vault, token)
        authority = Authority(state / "authority", site, settings.controller, to_datetime(SystemClock().now_ns()))
        ports = ports_of(state, settings.gate_host)
        return make_request(own_card(identity, authority, settings.controller, settings.gate_host, ports), identity)


def bring_reference_key(sealed: bytes, state: Path, vault: Path, token_settings: TokenSettings | None) -> None:
    """Give the controller in these folders the reference key that was sealed to it.

    Raises controller.files.FolderInUseError while it runs, controller.peer.joining.JoinError for a key that was sealed
    to somebody else, and what its keys raise; OSError.
    """
    with only_user_of(state), only_user_of(vault):
        token = None if token_settings is None else open_token(token_settings)
        identity = load_identity(state, vault, token)
        keep_reference_key(open_reference_copy(sealed, identity), vault, token)


def card_of(settings: Settings) -> ControllerCard:
    """Return the card that the controller with these settings asks the root to sign. Raises as `request_of`."""
    return read_request(request_of(settings))


def enrol(root: Path, settings: Settings, *others: Settings) -> ControllerList:
    """Hold the whole ceremony for these controllers, with the root whose medium is at `root`; it is made if need be.

    Raises controller.pki.root.RootError, and as `request_of`.
    """
    return list_cards(root, [(each, card_of(each)) for each in (settings, *others)])


def list_cards(root: Path, controllers: list[tuple[Settings, ControllerCard]]) -> ControllerList:
    """Let the root at `root` sign these cards, and bring its list to these controllers.

    A card may name other addresses than the controller listens on, where gates reach it through something else.
    Raises controller.pki.root.RootError, OSError.
    """
    site = controllers[0][0].site.site.id
    holder = Root.load(root) if (root / PUBLIC_FILE).exists() else Root.make(root, site)
    listed = holder.enrol(card for _, card in controllers)
    for settings, _ in controllers:
        install(settings.state, (root / LIST).read_bytes(), (root / PUBLIC_FILE).read_bytes(), site)
    return listed
