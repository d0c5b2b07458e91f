"""The driver scorecard names every driver, says `done` or why not of every rule, and points at tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
CARD = (ROOT / "hardware/driver-scorecard.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The rows of the table whose first head is `heading`, its head first and without the line below it."""
    block = re.search(rf"(?:^\|.*\n)*?^\| {heading} \|.*\n(?:^\|.*\n?)*", CARD, re.MULTILINE)
    assert block is not None
    lines = [line.strip("|").split("|") for line in block[0].splitlines()]
    return [[cell.strip() for cell in line] for line in lines if not set("".join(line)) <= set("- ")]


def test_every_driver_has_a_column() -> None:
    drivers = ROOT / "drivers"
    there = {folder.name for folder in drivers.iterdir() if (folder / "__init__.py").exists()} - {"wiegand", "boards"}
    boards = {"boards/modbus", "boards/serial-relay", "boards/gpio"}
    assert set(rows("rule")[0][1:]) == there | boards


def test_every_cell_is_done_or_has_a_reason() -> None:
    reasons = {int(number) for number in re.findall(r"^(\d+)\. ", CARD, re.MULTILINE)}
    used = set()
    for rule, *cells in rows("rule")[1:]:
        assert len(cells) == len(rows("rule")[0]) - 1, rule
        for cell in cells:
            exempt = re.fullmatch(r"done|exempt (\d+)", cell)
            assert exempt is not None, (rule, cell)
            if exempt[1]:
                used.add(int(exempt[1]))
    assert used == reasons, "every reason is used, and every use has a reason"


def test_what_stands_behind_it_is_there() -> None:
    behind = {driver: re.findall(r"`([^`]+)`", tests) for driver, tests in rows("driver")[1:]}
    assert set(behind) == set(rows("rule")[0][1:])
    for tests in behind.values():
        assert tests
        for test in tests:
            assert (ROOT / test).is_file(), test
