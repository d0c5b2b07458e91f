import pytest

from simulators.line_faults import NO_FAULTS, Disturbance, LineFaults, heard_at

POLL = bytes.fromhex("ff53000800046 0ebaa".replace(" ", ""))


def joined(faults: LineFaults, data: bytes, baud: int | None = 9600) -> bytes:
    return b"".join(piece.data for piece in Disturbance(faults, "out").pieces(data, baud))


def test_a_good_line_carries_everything_at_once() -> None:
    (piece,) = Disturbance(NO_FAULTS, "out").pieces(POLL, 9600)
    assert (piece.data, piece.takes_s) == (POLL, 0.0)
    assert Disturbance(NO_FAULTS, "out").pieces(b"", 9600) == []


def test_a_paced_line_takes_ten_bits_a_byte() -> None:
    for baud in (9600, 230_400):
        pieces = Disturbance(LineFaults(paced=True), "out").pieces(POLL * 20, baud)
        assert b"".join(piece.data for piece in pieces) == POLL * 20
        assert sum(piece.takes_s for piece in pieces) == pytest.approx(len(POLL) * 20 * 10 / baud)
        assert all(piece.takes_s <= 0.0021 for piece in pieces)


def test_a_split_line_carries_one_byte_at_a_time() -> None:
    pieces = Disturbance(LineFaults(split=True), "out").pieces(POLL, None)
    assert [piece.data for piece in pieces] == [bytes([byte]) for byte in POLL]
    assert all(piece.takes_s > 0 for piece in pieces)


@pytest.mark.parametrize(
    ("faults", "least", "most"),
    [
        (LineFaults(loss=0.2), 7_500, 8_500),
        (LineFaults(noise=0.2), 11_500, 12_500),
        (LineFaults(corruption=0.2), 10_000, 10_000),
    ],
)
def test_shares_are_shares_and_the_same_seed_draws_the_same(faults: LineFaults, least: int, most: int) -> None:
    data = bytes(10_000)
    arrived = joined(faults, data)
    assert least <= len(arrived) <= most
    assert arrived == joined(faults, data)
    assert arrived != joined(
        LineFaults(loss=faults.loss, noise=faults.noise, corruption=faults.corruption, seed=2), data
    )


def test_corruption_flips_one_bit_of_a_byte() -> None:
    arrived = joined(LineFaults(corruption=0.5), bytes(1000))
    assert {byte.bit_count() for byte in arrived} == {0, 1}


@pytest.mark.parametrize("wrong", [{"loss": 1.1}, {"noise": -0.1}, {"delay_ms": -1}, {"wrong_baud": -9600}])
def test_what_can_not_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        LineFaults(**wrong)  # type: ignore[arg-type]


def test_at_the_same_rate_everything_is_heard_and_at_another_something_else() -> None:
    assert heard_at(POLL, 9600, 9600) == POLL
    for sent, heard in ((9600, 115_200), (115_200, 9600), (9600, 19_200), (38_400, 9600)):
        other = heard_at(POLL, sent, heard)
        assert other != POLL
        assert POLL not in other
    assert heard_at(b"", 9600, 19_200) == b""


def test_a_uart_forgives_a_clock_that_is_two_percent_off() -> None:
    assert heard_at(POLL, 9600, 9790) == POLL
    assert heard_at(POLL, 9600, 9410) == POLL


def test_a_byte_at_half_the_rate_is_what_the_waveform_says() -> None:
    # 0x55 at 9600 is a square wave; a receiver at 4800 reads each start bit, then two sent bits a sample.
    assert heard_at(b"\x00", 9600, 19_200)[0] == 0
    assert len(heard_at(b"\xff", 19_200, 9600)) == 1
    assert heard_at(b"\xff", 19_200, 9600) == b"\xff"
