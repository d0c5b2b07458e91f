"""The controllers of the site as one controller believes them: the root's public key, and the newest list.

Both lie in the controller's state: `root.public`, told once by a technician, and `controllers.list`, which a technician
brings or another controller passes on. A list takes the place of another one only with a higher number, whoever brings
it; an older one is refused, for it would bring back who was removed.

Belongs here: which list is in force. Does not belong here: signing one (root.py), or what a change of it causes.
"""

from pathlib import Path
from typing import Final

from contract.controllers import ControllerCard, ControllerList, open_list
from contract.ids import ControllerId, SiteId
from contract.signing import SignatureError
from controller.files import PUBLIC, make_private_folder, write_atomically
from controller.pki.root import LIST, PUBLIC_FILE, RootError, read_public

_HOW: Final = "see 'sacs root --help': make a request here, let the root sign it, and install the list that it gives"


class NotEnrolledError(Exception):
    """No root has enrolled this controller; the message says what to do."""


class ListRefusedError(Exception):
    """A list that this controller does not take: forged, of another site, older, or without this controller."""


def install(state: Path, signed: bytes, root_public: bytes | None, site: SiteId) -> ControllerList:
    """Put a list into a controller's state, with the root's public file where the controller has none yet.

    The running program takes it up within a second. Raises ListRefusedError, RootError, OSError.
    """
    pinned = state / PUBLIC_FILE
    if not pinned.exists():
        if root_public is None:
            raise RootError("this controller knows no root yet: give its public file, root.public, as well")
        read_public(root_public)
    elif root_public is not None and pinned.read_bytes() != root_public:
        raise RootError(f"this controller believes another root: {pinned} is not the file that was given")
    believed = pinned.read_bytes() if pinned.exists() else root_public or b""
    listed = _opened(signed, read_public(believed).verify_key, site)
    path = state / LIST
    if path.exists():
        present = _opened(path.read_bytes(), read_public(believed).verify_key, site)
        if listed.number < present.number:
            raise ListRefusedError(f"list {listed.number} is older than list {present.number}, which is in force")
    make_private_folder(state)
    write_atomically(pinned, believed, PUBLIC)
    write_atomically(path, signed, PUBLIC)
    return listed


class Listed:
    """The list in force at one controller."""

    def __init__(self, state: Path, site: SiteId, own: ControllerCard) -> None:
        """Read the list in `state`. `own`: what this controller is by its own keys; its addresses are the list's.

        Raises NotEnrolledError, ListRefusedError, RootError.
        """
        self._path = state / LIST
        self._site = site
        self._own = own
        try:
            self.root_key = read_public((state / PUBLIC_FILE).read_bytes()).verify_key
            self.signed = self._path.read_bytes()
        except FileNotFoundError as error:
            raise NotEnrolledError(f"this controller is not enrolled: no {error.filename}; {_HOW}") from None
        self._looked_at = self._mark()
        self.now = self._checked(self.signed)

    @property
    def controller(self) -> ControllerId:
        """This controller's own name."""
        return self._own.controller

    @property
    def keeper(self) -> ControllerCard:
        """Who keeps the reference data: all others follow it."""
        return self.now.controllers[0]

    @property
    def is_keeper(self) -> bool:
        """Whether this controller keeps the reference data."""
        return self.keeper.controller == self._own.controller

    @property
    def peers(self) -> list[ControllerCard]:
        """All other controllers."""
        return [card for card in self.now.controllers if card.controller != self._own.controller]

    def look(self) -> bool:
        """Take up a list that a technician installed; return whether one is new.

        Raises ListRefusedError for one that may not take the place of the one in force, which is put back; OSError.
        """
        if self._mark() == self._looked_at:
            return False
        brought = self._path.read_bytes() if self._path.exists() else b""
        self._looked_at = self._mark()
        try:
            return self.take(brought)
        except ListRefusedError:
            write_atomically(self._path, self.signed, PUBLIC)
            self._looked_at = self._mark()
            raise

    def take(self, signed: bytes) -> bool:
        """Take up a list, wherever it comes from; return False for the one in force.

        Raises ListRefusedError for all others that may not take its place; OSError where the disk refuses.
        """
        if signed == self.signed:
            return False
        listed = self._checked(signed)
        if listed.number <= self.now.number:
            raise ListRefusedError(f"list {listed.number} is not newer than list {self.now.number}, which is in force")
        write_atomically(self._path, signed, PUBLIC)
        self._looked_at = self._mark()
        self.signed, self.now = signed, listed
        return True

    def _mark(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return (0, 0)
        return (found.st_ino, found.st_mtime_ns)

    def _checked(self, signed: bytes) -> ControllerList:
        listed = _opened(signed, self.root_key, self._site)
        card = listed.card_of(self._own.controller)
        own = self._own
        if card is None:
            raise ListRefusedError(
                f"{own.controller!r} is not on list {listed.number}: the root has removed it, or not signed it yet"
            )
        if (card.verify_key, card.exchange_key, card.authority_pem) != (
            own.verify_key,
            own.exchange_key,
            own.authority_pem,
        ):
            raise ListRefusedError(
                f"list {listed.number} names {own.controller!r} with other keys: let the root sign a new request"
            )
        return listed


def _opened(signed: bytes, root_key: bytes, site: SiteId) -> ControllerList:
    try:
        return open_list(signed, root_key, site)
    except SignatureError as error:
        raise ListRefusedError(f"the list of controllers is refused: {error}") from error
