"""Free text beside ledger entries is sealed to its period and dies with it."""

from pathlib import Path

import pytest

from controller.service.records.notes import LONGEST_BYTES, Notes, NoteTooLongError
from tests.unit.controller.kept import RETENTION, Kept, in_store
from tests.unit.controller.sources import MAIN, signer_of

TEXT = "to Warden Quartermaine, Hall B"


def notes_of(kept: Kept) -> Notes:
    return Notes(kept.clock, RETENTION, MAIN, signer_of("controller"), kept.vault, kept.store, in_store)


async def test_a_note_is_read_back_and_lies_sealed(tmp_path: Path) -> None:
    kept = await Kept(tmp_path).begin()
    id_ = await notes_of(kept).write(TEXT)
    assert await notes_of(kept).read(id_) == TEXT
    kept.store.clean(at_once=True)
    files = [path.read_bytes() for path in (tmp_path / "state").iterdir()]
    assert not any(b"Quartermaine" in data for data in files)
    kept.close()


async def test_a_note_dies_with_the_key_of_its_period_and_its_row_goes(tmp_path: Path) -> None:
    kept = await Kept(tmp_path).begin()
    notes = notes_of(kept)
    id_ = await notes.write(TEXT)
    note = kept.store.note(id_)
    kept.at(300)
    await kept.sweep.run()
    assert kept.store.note(id_) is None
    assert note is not None
    kept.store.write_note(note)  # a row that somebody brought back from a copy
    assert await notes.read(id_) is None
    kept.close()


async def test_its_length_tells_nothing_and_has_a_limit(tmp_path: Path) -> None:
    kept = await Kept(tmp_path).begin()
    notes = notes_of(kept)
    found = [kept.store.note(await notes.write(text)) for text in ("a", TEXT)]
    assert len({len(note.sealed) for note in found if note}) == 1
    with pytest.raises(NoteTooLongError):
        await notes.write("ä" * LONGEST_BYTES)
    assert await notes.read("0" * 24) is None
    kept.close()
