"""Scene files, acts and Modbus words under any input: what was written is read back, and nothing crashes."""

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.bench.acts import ACTS, AnyAct, BadActError, act_of_words, parse_act
from simulators.bench.modbus_words import modbus_words
from simulators.bench.scene import BenchScene, SceneFileError, Start, Step, format_bench_scene, parse_bench_scene
from simulators.boards.rtu import crc16
from simulators.line import Direction

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES: dict[str, st.SearchStrategy[object]] = {
    "keys": st.from_regex(r"[0-9*#]{1,16}", fullmatch=True),
    "wire": st.sampled_from(["dps", "rex", "fire", "passed"]),
    "key": st.sampled_from(["right", "random", "default"]),
    "jammed": st.booleans(), "active": st.booleans(), "open": st.booleans(), "failed": st.booleans(),
    "short": st.booleans(), "split": st.booleans(), "paced": st.booleans(), "never": st.booleans(),
    "for_s": st.floats(0, 3600), "back_after_s": st.floats(0, 3600), "how": st.sampled_from(["refused", "silent"]),
    "seconds": st.floats(0, 3600), "within_s": st.floats(0, 3600),
    "loss": st.floats(0, 1), "corruption": st.floats(0, 1), "noise": st.floats(0, 1),
    "delay_ms": st.integers(0, 10_000),
}  # fmt: skip
SEEDS = [
    'title = "x"\n[[step]]\nact = "present"\nreader = "a"\ncard = "b"\nafter_s = 1.5\n',
    'title = "x"\nneeds = ["a"]\n[start]\nheld = { a = "b" }\n[[step]]\nact = "expect"\nalarm = "forced"\n',
]


@st.composite
def acts(draw: st.DrawFn) -> AnyAct:
    name = draw(st.sampled_from(sorted(set(ACTS) - {"expect"})))
    fields = {each.encode_name: draw(VALUES.get(each.name, NAMES)) for each in msgspec.structs.fields(ACTS[name])}
    return parse_act({"act": name, **fields})


@given(
    st.builds(
        BenchScene,
        title=NAMES.filter(bool),
        steps=st.lists(st.builds(Step, acts(), st.integers(0, 360_000).map(lambda n: n / 100)), min_size=1, max_size=5),
        needs=st.lists(NAMES, max_size=3),
        start=st.builds(Start, held=st.dictionaries(NAMES, NAMES, max_size=2), off=st.lists(NAMES, max_size=2)),
        titles=st.dictionaries(NAMES, NAMES, max_size=2),
    )
)
def test_a_scene_that_was_written_is_read_back_as_it_was(scene: BenchScene) -> None:
    assert parse_bench_scene(format_bench_scene(scene)) == scene


@pytest.mark.fuzz
def test_damaged_scene_files_are_refused_by_name(fuzz_count: int) -> None:
    chance = random.Random(20261121)
    refused = 0
    for _ in range(fuzz_count):
        text = bytearray(chance.choice(SEEDS).encode())
        for _ in range(chance.randint(1, 3)):
            text[chance.randrange(len(text))] = chance.randrange(32, 127)
        try:
            parse_bench_scene(text.decode())
        except SceneFileError:
            refused += 1
    assert refused > fuzz_count / 4


@pytest.mark.fuzz
def test_words_of_commands_are_acts_or_refused_by_name(fuzz_count: int) -> None:
    chance = random.Random(20261121)
    names = [*ACTS, "fly", ""]
    fields = sorted({each.name for act in ACTS.values() for each in msgspec.structs.fields(act)})
    for _ in range(fuzz_count):
        words = {
            chance.choice(fields): chance.choice(["1", "-1", "true", "x", "", "1e9", "dps"])
            for _ in range(chance.randint(0, 4))
        }
        try:
            act_of_words(chance.choice(names), words)
        except BadActError:
            continue


@pytest.mark.fuzz
def test_any_bytes_on_a_modbus_line_have_words(fuzz_count: int) -> None:
    chance = random.Random(20261121)
    for _ in range(fuzz_count):
        frame = chance.randbytes(chance.randint(0, 12))
        if chance.random() < 0.8:
            frame += crc16(frame)
        said = modbus_words(frame, chance.choice(list(Direction)))
        assert bool(said) == bool(frame)
