"""Forms and spellings over arbitrary plates and arbitrary characters."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.plates.spelling import spellings
from edge.plates.syntax import ALPHABET, Slots, syntax_of
from edge.plates.voting import Share, Vote
from edge.plates.wire import Look, Seen, looks, sights
from process.pipe import framed

# Each pair that the issue names, as a reader takes the one for the other.
SWAPPED = {"O": "0", "0": "O", "I": "1", "1": "I", "B": "8", "8": "B"}
ONE_FORM = ("sk", "it", "dk", "lt")

characters = st.dictionaries(st.sampled_from(ALPHABET), st.floats(0.01, 1), min_size=1, max_size=4)


@st.composite
def issued(draw: st.DrawFn, country: str) -> str:
    form: Slots = draw(st.sampled_from(syntax_of((country,)).forms))
    plate = "".join(draw(st.sampled_from(sorted(allowed))) for allowed in form.sets)
    if form.district_letters:
        n = form.district_letters
        plate = draw(st.sampled_from(sorted(d for d in form.districts if len(d) == n))) + plate[n:]
    return plate


@pytest.mark.parametrize("country", ONE_FORM)
@settings(max_examples=40)
@given(data=st.data())
def test_where_a_place_is_a_letter_or_a_digit_look_alikes_are_told_apart(country: str, data: st.DataObject) -> None:
    plate = data.draw(issued(country))
    syntax = syntax_of((country,))
    where = [i for i, c in enumerate(plate) if c in SWAPPED]
    wrong = data.draw(st.sets(st.sampled_from(where), max_size=2)) if where else set()
    read = "".join(SWAPPED[c] if i in wrong else c for i, c in enumerate(plate))
    best = spellings([{c: 0.99} for c in read], syntax)[0]
    assert best.plate == plate
    assert best.has_form


@pytest.mark.parametrize("country", ["de", "at", "pl", "us"])
@settings(max_examples=20)
@given(data=st.data())
def test_what_was_plainly_read_and_has_a_form_stays(country: str, data: st.DataObject) -> None:
    plate = data.draw(issued(country))
    ways = spellings([{c: 1.0} for c in plate], syntax_of((country,)))
    assert plate in [way.plate for way in ways]
    assert syntax_of((country,)).fits(plate)


@settings(max_examples=40)
@given(st.lists(characters, max_size=14), st.sampled_from(["de", "pl", "us", "br", "at"]))
def test_spellings_of_anything_are_canonical_and_in_order(seen: list[dict[str, float]], country: str) -> None:
    syntax = syntax_of((country,))
    ways = spellings(seen, syntax)
    assert [way.log_score for way in ways] == sorted((way.log_score for way in ways), reverse=True)
    assert len({way.plate for way in ways}) == len(ways)
    for way in ways:
        assert set(way.plate) <= set(ALPHABET)
        assert 2 <= len(way.plate) <= 10
        assert 0 <= way.confidence <= 1
        assert way.has_form == syntax.fits(way.plate) or not way.has_form
    assert sum(way.confidence for way in ways) <= 1 + 1e-9


frames = st.lists(st.dictionaries(st.sampled_from(["A1", "B2", "C3"]), st.floats(0, 1), max_size=3), max_size=6)


@settings(max_examples=30)
@given(frames, st.randoms(use_true_random=False))
def test_the_order_of_frames_does_not_matter_to_a_vote(frames: list[dict[str, float]], chance: object) -> None:
    def confidence(ordered: list[dict[str, float]]) -> dict[str, float]:
        vote = Vote()
        for frame in ordered:
            vote.add(Share(plate, share) for plate, share in frame.items())
        return {share.plate: round(share.confidence, 9) for share in vote.result()}

    shuffled = list(frames)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = confidence(frames), confidence(shuffled)
    assert one.keys() == other.keys()
    assert all(abs(one[plate] - other[plate]) < 1e-6 for plate in one)
    assert all(0 <= share <= 1 for share in one.values())


@settings(max_examples=20)
@given(st.binary(max_size=100), st.lists(st.text(max_size=3), max_size=3))
def test_a_message_comes_out_as_it_went_in(jpeg: bytes, countries: list[str]) -> None:
    look = Look(jpeg, tuple(countries))
    assert list(looks().feed(framed(look))) == [look]
    seen = Seen((), jpeg)
    assert list(sights().feed(framed(seen))) == [seen]
