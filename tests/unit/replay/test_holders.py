"""The holders file: one person's credentials, and what replaced what."""

from pathlib import Path

import pytest

from sacs.replay.holders import NOBODY_NAMED, Holders, read_holders
from sacs.replay.table import InputFileError


def read(folder: Path, *rows: str) -> Holders:
    path = folder / "holders.csv"
    path.write_text("\n".join(["credential,holder,replaces", *rows]), encoding="utf-8")
    return read_holders(path)


def test_without_a_file_each_credential_is_a_person(tmp_path: Path) -> None:
    assert NOBODY_NAMED.among(["b", "a", "b"]) == {"credential b": ["b"], "credential a": ["a"]}


def test_credentials_of_one_holder_are_one_person(tmp_path: Path) -> None:
    holders = read(tmp_path, "a1,ann,", "a2,ann", "x,,")
    assert len(holders.among(["a1", "x", "a2", "stranger"])) == 3
    assert holders.person("a1") == holders.person("a2")
    assert len({holders.person(credential) for credential in ("a1", "x", "stranger", "ann")}) == 4


def test_a_replaced_credential_is_the_same_persons_named_or_not(tmp_path: Path) -> None:
    holders = read(tmp_path, "a2,ann,a1", "a3,ann,a2", "b2,,b1")
    assert holders.person("a1") == holders.person("a3")
    assert holders.person("b1") == holders.person("b2") != holders.person("a1")
    assert holders.successors("a1") == ["a2", "a3"]
    assert holders.successors("a3") == []


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["a,ann,", "a,bob,"], "line 3: 'a' stands in line 2"),
        ([",ann,"], "line 2: no credential"),
        (["b,x,a", "c,x,a"], "line 3: 'a' is replaced"),
        (["a,ann,", "b,bob,a"], "line 3: 'b' replaces a credential of another holder"),
        (["a,,b", "b,,a"], "replaces itself"),
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path: Path, rows: list[str], says: str) -> None:
    with pytest.raises(InputFileError, match=says):
        read(tmp_path, *rows)
