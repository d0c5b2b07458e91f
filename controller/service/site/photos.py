"""Photos of holders: bounded JPEGs, sealed under the reference key, and the faces that gates may show.

Belongs here: keeping photos, and who has which card for a gate's screen. Does not belong here: who may write them
(api), or the document that goes to gates (screens.py).
"""

import itertools
from collections.abc import Iterator
from typing import Final

import msgspec
from sqlalchemy import Engine
from sqlalchemy import select as columns_of
from sqlmodel import Session, col

from contract.ids import HolderId
from contract.screen import PHOTO_AT_MOST_BYTES, Face
from controller.service.site.reference import Personal, Reference, ReferenceKey, RefusedError
from controller.store.reference import CredentialRow, HolderPhotoRow, HolderRow, PassRow

_COLUMN: Final = "holder-photo"
_WIDTH_AT_MOST: Final = 480
_HEIGHT_AT_MOST: Final = 640
_START, _END = b"\xff\xd8\xff", b"\xff\xd9"
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive: what every browser shows (ISO/IEC 10918-1, table B.1)."""


class Photos:
    """Reads and writes photos."""

    def __init__(self, engine: Engine, key: ReferenceKey, reference: Reference) -> None:
        """`reference`: whose holders the photos are of, and which knows whether it may be written to."""
        self._engine = engine
        self._key = key
        self._reference = reference
        self._changes = itertools.count(1)
        self.revision = 0
        """Another one after every change that a screen could show; changes come from several threads."""

    def changed_elsewhere(self) -> None:
        """Take note that photos were written by somebody else: faces are to be made anew."""
        self.revision = next(self._changes)

    def put(self, holder: HolderId, jpeg: bytes) -> bool:
        """Give a holder a photo; return whether there is such a holder.

        Raises RefusedError for what is none, and where another controller keeps the reference data.
        """
        self._reference.must_keep()
        check_jpeg(jpeg)
        with Session(self._engine) as session:
            if session.get(HolderRow, holder) is None:
                return False
            session.merge(HolderPhotoRow(holder=holder, sealed=self._key.seal(_COLUMN, jpeg)))
            session.commit()
        self.revision = next(self._changes)
        return True

    def remove(self, holder: HolderId) -> bool:
        """Take a holder's photo away; return whether he had one. Raises RefusedError as `put`."""
        self._reference.must_keep()
        with Session(self._engine) as session:
            row = session.get(HolderPhotoRow, holder)
            if row is None:
                return False
            session.delete(row)
            session.commit()
        self.revision = next(self._changes)
        return True

    def photo(self, holder: HolderId) -> bytes | None:
        """Return a holder's photo (JPEG), if he has one."""
        with Session(self._engine) as session:
            row = session.get(HolderPhotoRow, holder)
        return None if row is None else self._key.open(_COLUMN, row.sealed)

    def size_bytes(self) -> int:
        """Return how much room all photos take, once for each card of their holders."""
        rows = columns_of(col(HolderPhotoRow.sealed)).join_from(PassRow, CredentialRow)
        rows = rows.join(HolderPhotoRow, col(HolderPhotoRow.holder) == col(PassRow.holder))
        with self._engine.connect() as connection:
            return sum(len(sealed) for (sealed,) in connection.execute(rows))

    def faces(self, *, with_photos: bool) -> Iterator[tuple[str, Face]]:
        """Yield each credential's canonical text with the face of its holder."""
        photo = col(HolderPhotoRow.sealed) if with_photos else None
        columns = (col(CredentialRow.sealed), col(HolderRow.sealed))
        rows = columns_of(*columns, *(() if photo is None else (photo,))).join_from(CredentialRow, PassRow)
        rows = rows.join(HolderRow, col(HolderRow.id) == col(PassRow.holder))
        if with_photos:
            rows = rows.outerjoin(HolderPhotoRow, col(HolderPhotoRow.holder) == col(HolderRow.id))
        with self._engine.connect() as connection:
            for credential, personal, *photos in connection.execute(rows):
                opened = msgspec.msgpack.decode(self._key.open("holder", personal), type=Personal)
                jpeg = self._key.open(_COLUMN, photos[0]) if photos and photos[0] else b""
                yield self._key.open("credential", credential).decode(), Face(opened.name, opened.category, jpeg)


def check_jpeg(data: bytes) -> None:
    """Refuse what is no JPEG of a bearable size. Raises RefusedError."""
    if len(data) > PHOTO_AT_MOST_BYTES:
        raise RefusedError(f"a photo has at most {PHOTO_AT_MOST_BYTES} bytes: make it smaller, 240 x 320 pixels do")
    if not (data.startswith(_START) and data.endswith(_END)):
        raise RefusedError("a photo is a whole JPEG")
    size = _jpeg_size(data)
    if size is None:
        raise RefusedError("a photo is a JPEG that every browser shows: baseline or progressive")
    width, height = size
    if not (0 < width <= _WIDTH_AT_MOST and 0 < height <= _HEIGHT_AT_MOST):
        raise RefusedError(f"a photo has at most {_WIDTH_AT_MOST} x {_HEIGHT_AT_MOST} pixels")


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height by the frame header, found by walking over the segments before it."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _FRAMES:
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        at += 2 + max(length, 2)
    return None
