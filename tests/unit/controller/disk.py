"""A disk that fails, or a machine that stops, at a chosen one of the calls that change files."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

Call = Callable[..., object]


class Stopped(BaseException):
    """The machine stopped: nobody catches this, and what was on disk is all that is left."""


@contextmanager
def failing(
    at: int, error: BaseException, *, after: bool = False, also: Sequence[tuple[type, str]] = ()
) -> Iterator[list[str]]:
    """Raise `error` at call number `at` (from 0) to the file system, instead of it or after it; yield all calls.

    `also`: further methods that count as such calls.
    """
    seen: list[str] = []

    def watched(name: str, call: Call) -> Call:
        def wrapped(*arguments: object, **named: object) -> object:
            is_it = len(seen) == at
            seen.append(name)
            if is_it and not after:
                raise error
            result = call(*arguments, **named)
            if is_it:
                if isinstance(result, int) and name == "open":
                    os.close(result)
                raise error
            return result

        return wrapped

    with pytest.MonkeyPatch.context() as patch:
        for name in ("open", "fsync", "link"):
            patch.setattr(os, name, watched(name, getattr(os, name)))
        for name in ("replace", "unlink"):
            patch.setattr(Path, name, watched(name, getattr(Path, name)))
        for owner, name in also:
            patch.setattr(owner, name, watched(name, getattr(owner, name)))
        yield seen


def bytes_below(folder: Path) -> bytes:
    """Return the bytes of all files below `folder`, one after the other."""
    return b"\0".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
