"""Whose credentials are whose: CSV with the columns `credential`, `holder` and, if wanted, `replaces`.

A credential that the file does not name is a person of its own, and so is one whose holder is left empty. `replaces`
names the credential in whose place this one was issued: both belong to one person. Belongs here: reading that file.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sacs.replay.table import InputFileError, read_rows

_COLUMNS: Final = ("credential", "holder", "replaces")
_NEEDED: Final = ("credential", "holder")


@dataclass(frozen=True)
class Holders:
    """`holder_of`: credential -> a name that stands for one person. `replaced_by`: credential -> the later one."""

    holder_of: Mapping[str, str]
    replaced_by: Mapping[str, str]

    def among(self, credentials: Iterable[str]) -> dict[str, list[str]]:
        """Return the persons to whom `credentials` belong, each with those credentials in their order."""
        persons: dict[str, list[str]] = {}
        for credential in dict.fromkeys(credentials):
            persons.setdefault(self.person(credential), []).append(credential)
        return persons

    def person(self, credential: str) -> str:
        """Return the person to whom a credential belongs; two persons never have the same name."""
        holder = self.holder_of.get(credential)
        return f"holder {holder}" if holder is not None else f"credential {credential}"

    def successors(self, credential: str) -> list[str]:
        """Return the credentials that replaced this one, the next one first."""
        found: list[str] = []
        later = self.replaced_by.get(credential)
        while later is not None:
            found.append(later)
            later = self.replaced_by.get(later)
        return found


NOBODY_NAMED: Final = Holders({}, {})
"""Where no file is given: each credential is a person of its own."""


def read_holders(path: Path) -> Holders:
    """Read a holders file. Raises InputFileError, OSError."""
    holder_of: dict[str, str] = {}
    replaced_by: dict[str, str] = {}
    lines: dict[str, int] = {}
    for line, row in read_rows(path, _COLUMNS, _NEEDED):
        if row is None:
            raise InputFileError(f"{path}, line {line}: it ends before the column holder")
        credential, holder, replaces = row
        if not credential:
            raise InputFileError(f"{path}, line {line}: no credential")
        if credential in lines:
            raise InputFileError(f"{path}, line {line}: {credential!r} stands in line {lines[credential]} already")
        lines[credential] = line
        if holder:
            holder_of[credential] = holder
        if replaces:
            if replaces in replaced_by:
                raise InputFileError(f"{path}, line {line}: {replaces!r} is replaced by another line already")
            replaced_by[replaces] = credential
    for earlier in replaced_by:
        _join(path, earlier, Holders(holder_of, replaced_by), holder_of, lines)
    return Holders(holder_of, replaced_by)


def _join(path: Path, earlier: str, holders: Holders, holder_of: dict[str, str], lines: Mapping[str, int]) -> None:
    """Give a credential and those that replaced it to one person."""
    chain = [earlier]
    later = holders.replaced_by.get(earlier)
    while later is not None:
        if later in chain:
            raise InputFileError(f"{path}, line {lines[later]}: {later!r} replaces itself in the end")
        chain.append(later)
        later = holders.replaced_by.get(later)
    named = {holder_of[credential] for credential in chain if credential in holder_of}
    if len(named) > 1:
        message = f"{path}, line {lines[chain[1]]}: {chain[1]!r} replaces a credential of another holder"
        raise InputFileError(message)
    holder = named.pop() if named else chain[-1]
    for credential in chain:
        holder_of[credential] = holder
