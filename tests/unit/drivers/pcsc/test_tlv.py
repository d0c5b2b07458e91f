"""BER-TLV: what stands in ISO/IEC 7816-4, 5.2.2, and what is refused."""

import pytest

from drivers.pcsc import tlv


@pytest.mark.parametrize(
    ("data", "tags"),
    [
        ("", []),
        ("5300", [(0x53, "")]),
        ("530101 7f490102", [(0x53, "01"), (0x7F49, "02")]),
        ("5f8101 02aabb", [(0x5F8101, "aabb")]),
        ("53820002ccdd", [(0x53, "ccdd")]),
    ],
)
def test_objects_follow_each_other(data: str, tags: list[tuple[int, str]]) -> None:
    assert [(item.tag, item.value.hex()) for item in tlv.parse(bytes.fromhex(data))] == tags


@pytest.mark.parametrize(
    "data", ["53", "5302aa", "5380", "538500000000010a", "5382", "5f", "5f81", "5f81818101", "53820100", "9f"]
)
def test_what_is_cut_off_or_without_end_is_refused(data: str) -> None:
    with pytest.raises(tlv.TlvError):
        tlv.parse(bytes.fromhex(data))


def test_a_tag_that_stands_there_twice_is_refused() -> None:
    with pytest.raises(tlv.TlvError, match="twice"):
        tlv.values(bytes.fromhex("30010130 0102"))


@pytest.mark.parametrize("data", ["", "530101", "5301015302aabb"])
def test_the_one_object_is_of_its_tag_and_alone(data: str) -> None:
    with pytest.raises(tlv.TlvError, match="one object"):
        tlv.single(bytes.fromhex(data), 0x70)


@pytest.mark.parametrize("size", [0, 127, 128, 255, 256, 70000])
@pytest.mark.parametrize("tag", [0x53, 0x7F49, 0x5FC102])
def test_what_is_encoded_is_read_again(tag: int, size: int) -> None:
    (item,) = tlv.parse(tlv.encode(tag, bytes(size)))
    assert (item.tag, len(item.value)) == (tag, size)
    assert "00" * 20 not in repr(item)
