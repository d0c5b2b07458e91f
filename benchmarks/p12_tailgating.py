"""P12: people counted at a line by camera, and hints of tailgating, on filmed stories with truth; and what it costs.

Films are drawn (simulators/cameras): people alone, side by side, on each other's heels, both ways, turning back, lamps
that are switched; by day with shadows, at night under a lamp, in rain. Real cameras look at real people, so these
figures are an upper bound. Their seeds are not those the thresholds were set by. The peer takes each body for one.
"""

import resource
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import av

from benchmarks.figure import Figure
from benchmarks.filmed_crossings import LINE, Judged, judge, without_sizes
from contract.clock import NS_PER_S
from edge.counting.decoder import CountingDecoder
from edge.counting.wire import Packet, Stream
from simulators.cameras.film import Film, SceneShape, film
from simulators.cameras.stories import CROSSINGS, busy, close_behind
from simulators.cameras.weather import Light, Weather

_SEEDS: Final = (2, 3)
_SHAPE: Final = SceneShape(duration_s=90)
_WEATHERS: Final = {
    "day": Weather(),
    "night": Weather(Light.NIGHT),
    "rain by day": Weather(Light.DAY, rain=True),
    "rain at night": Weather(Light.NIGHT, rain=True),
}
_PEER: Final = "each body is one"


def run(short: bool) -> list[Figure]:  # noqa: FBT001  the one choice there is
    """Judge all films; in a short run two, and a small picture's cost."""
    with tempfile.TemporaryDirectory() as folder:
        return [*_quality(Path(folder), short), _cost(Path(folder), short)]


def _quality(folder: Path, short: bool) -> list[Figure]:  # noqa: FBT001
    shape = SceneShape(duration_s=25) if short else _SHAPE
    stories = (close_behind,) if short else CROSSINGS
    judged: dict[tuple[str, str], list[Judged]] = {}
    plain: list[Judged] = []
    for sky, weather in list(_WEATHERS.items())[: 1 if short else None]:
        for make in stories:
            for seed in _SEEDS[: 1 if short else None]:
                made = film(folder, make(shape.duration_s, seed), shape, weather)
                judged.setdefault((sky, make.__name__.replace("_", "-")), []).append(judge(made))
                plain.append(judge(made, without_sizes()))
                made.video.unlink()
    whole = [each for films in judged.values() for each in films]
    figures = _rows("all films", whole, plain)
    for sky in dict.fromkeys(sky for sky, _ in judged):
        figures += _rows(f"  {sky}", [each for (of, _), films in judged.items() if of == sky for each in films])
    for story in dict.fromkeys(story for _, story in judged):
        figures += _rows(f"  {story}", [each for (_, of), films in judged.items() if of == story for each in films])
    return figures


def _rows(what: str, judged: list[Judged], plain: list[Judged] | None = None) -> list[Figure]:
    hours = sum(each.truth.frames / each.truth.frames_per_s for each in judged) / 3600
    crossed, slipped = _sum(judged, lambda each: len(each.found) + len(each.missed)), _sum(judged, lambda e: e.slipped)
    rows: list[tuple[str, float, str, float | None]] = []
    if crossed:
        rows += [
            (f"{crossed} crossings seen", _recall(judged), "%", _recall(plain) if plain else None),
            ("counted rightly", _precision(judged), "%", _precision(plain) if plain else None),
        ]
    if slipped:
        caught = 100 * _sum(judged, lambda each: each.caught) / slipped
        peer = 100 * _sum(plain, lambda each: each.caught) / slipped if plain else None
        rows.append((f"{slipped} without a card hinted at", caught, "%", peer))
    false = _sum(judged, lambda each: each.surplus - each.caught) / hours
    rows.append(("hinted at wrongly, an hour", false, "persons", None))
    return [Figure("P12", f"{what}: {name}", ours, unit, "none", None, peer, _PEER) for name, ours, unit, peer in rows]


def _recall(judged: list[Judged]) -> float:
    found = _sum(judged, lambda each: len(each.found))
    return 100 * found / max(1, found + _sum(judged, lambda each: len(each.missed)))


def _precision(judged: list[Judged]) -> float:
    found = _sum(judged, lambda each: len(each.found))
    return 100 * found / max(1, found + _sum(judged, lambda each: len(each.false)))


def _sum(judged: Iterable[Judged], amount: Callable[[Judged], int]) -> int:
    return sum(amount(each) for each in judged)


def _cost(folder: Path, short: bool) -> Figure:  # noqa: FBT001
    """Measure one camera's counting beside decoding alone, CPU for a second of stream."""
    size, length_s = ((640, 360), 8) if short else ((1920, 1080), 30)
    shape = SceneShape(*size, frames_per_s=25, duration_s=length_s, bits_per_s=4_000_000, noise=4)
    made = film(folder, busy(length_s, 1), shape)
    ours_ms, alone_ms = _counting_ms(made), _decoding_ms(made)
    what = f"CPU for a second of {size[0]}x{size[1]} at 25 pictures, H.264"
    return Figure("P12", what, ours_ms / length_s, "ms", "none", None, alone_ms / length_s, "decoding alone")


def _counting_ms(made: Film) -> float:
    with av.open(str(made.video)) as container:
        stream = container.streams.video[0]
        counting = CountingDecoder(LINE, [])
        counting.begin(Stream(stream.codec_context.name, stream.codec_context.extradata or b""))
        packets = [
            Packet(bytes(packet), round(float((packet.pts or 0) * (packet.time_base or 0)) * NS_PER_S), 0)
            for packet in container.demux(stream)
            if packet.size
        ]
    began_ms = _cpu_ms()
    for packet in packets:
        counting.take(packet)
    return _cpu_ms() - began_ms


def _decoding_ms(made: Film) -> float:
    began_ms = _cpu_ms()
    with av.open(str(made.video)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for _ in container.decode(stream):
            pass
    return _cpu_ms() - began_ms


def _cpu_ms() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return 1000 * (used.ru_utime + used.ru_stime)


if __name__ == "__main__":
    print(*run(short=False), sep="\n")
