"""Which text is the plate, on texts made by hand."""

from edge.plates.choosing import Text, choose, covers, is_dull, text_at
from edge.plates.picture import Box
from edge.plates.syntax import syntax_of

US, BR, EU = syntax_of(("us",)), syntax_of(("br",)), syntax_of(("eu",))


def text(words: str, x: int, y: int, height: int, pitch: float = 0.6, share: float = 0.97) -> Text:
    width = round(pitch * height * len(words))
    corners = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]
    return text_at(corners, tuple({c: share} for c in words if c.isalnum()))


def plate_of(texts: list[Text], syntax: object = US) -> str | None:
    chosen = choose(texts, syntax)  # type: ignore[arg-type]
    return None if chosen is None else chosen.spellings[0].plate


def test_the_text_with_a_form_is_the_plate_among_signs() -> None:
    signs = [text("TEXAS", 300, 90, 14), text("PRIVATE", 0, 0, 60), text("DODGE", 300, 10, 40)]
    assert plate_of([*signs, text("BGB3282", 290, 105, 26)]) == "BGB3282"


def test_of_two_plates_the_nearer_one_counts() -> None:
    assert plate_of([text("6MTP929", 0, 0, 24), text("7AHN739", 500, 300, 48)]) == "7AHN739"


def test_a_telephone_number_gives_way_to_a_plate() -> None:
    assert plate_of([text("3768750", 100, 100, 30), text("1AMW240", 300, 400, 34)]) == "1AMW240"


def test_a_part_of_a_plate_gives_way_to_the_whole() -> None:
    assert plate_of([text("BA268", 100, 100, 30), text("BA268IM", 100, 100, 30)], EU) == "BA268IM"


def test_a_text_much_too_narrow_or_steep_gives_way() -> None:
    squeezed = text("ABC1234", 0, 0, 40, pitch=0.15)
    assert plate_of([squeezed, text("XYZ5678", 200, 200, 36)]) == "XYZ5678"
    steep = Text(Box(0, 0, 60, 60), 80, 40, 1.0, text("ABC1234", 0, 0, 40).characters)
    assert plate_of([steep, text("XYZ5678", 200, 200, 38)]) == "XYZ5678"


def test_two_rows_are_one_plate_where_neither_is_one() -> None:
    chosen = choose([text("KLM", 100, 100, 40), text("4093", 90, 144, 40)], BR)
    assert chosen is not None
    assert chosen.spellings[0].plate == "KLM4093"
    assert len(chosen.texts) == 2
    assert covers(chosen.box, Box(90, 144, 96, 40))


def test_rows_far_apart_are_not_joined() -> None:
    assert plate_of([text("KLM", 100, 100, 40), text("4093", 700, 144, 40)], BR) != "KLM4093"
    assert plate_of([text("KLM", 100, 100, 40), text("4093", 90, 344, 40)], BR) != "KLM4093"


def test_without_any_text_there_is_no_plate() -> None:
    assert choose([], EU) is None
    assert choose([text("PARKING", 0, 0, 40)], EU) is None


def test_a_small_or_odd_plate_asks_for_a_closer_look_and_a_plain_one_does_not() -> None:
    plain, small = choose([text("RK755AJ", 0, 0, 30)], EU), choose([text("RK755AJ", 0, 0, 8)], EU)
    odd = choose([text("M5XSX", 0, 0, 30)], EU)
    assert plain is not None
    assert small is not None
    assert odd is not None
    assert (plain.is_sure, small.is_sure, odd.is_sure) == (True, False, False)


def test_a_sign_is_dull_and_a_plate_is_not() -> None:
    assert is_dull(text("RESERVED", 0, 0, 30), EU)
    assert not is_dull(text("RK755AJ", 0, 0, 30), EU)


def test_no_text_stands_in_a_representation() -> None:
    assert "'R'" not in repr(text("RK755AJ", 0, 0, 30))
