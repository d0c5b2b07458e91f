"""AES-128 CMAC (NIST SP 800-38B, appendix D.1, updated examples) and diversified keys (NXP AN10922)."""

import pytest

from simulators.cards.cmac import cmac, diversified_key

KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
MESSAGE = bytes.fromhex(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (0, "bb1d6929e95937287fa37d129b756746"),
        (16, "070a16b46b4d4144f79bdd9dd04a287c"),
        (40, "dfa66747de9ae63030ca32611497c827"),
        (64, "51f0bebf7e3b9d92fc49741779363cfe"),
    ],
)
def test_the_examples_of_sp_800_38b(length: int, expected: str) -> None:
    assert cmac(KEY, MESSAGE[:length]).hex() == expected


def test_the_example_of_an10922() -> None:
    """AN10922, 2.2.1: AES-128 key diversification example."""
    key = diversified_key(
        bytes.fromhex("00112233445566778899AABBCCDDEEFF"),
        uid=bytes.fromhex("04782E21801D80"),
        application=bytes.fromhex("3042F5"),
        system=b"NXP Abu",
    )
    assert key.hex().upper() == "A8DD63A3B89D54B37CA802473FDA9175"


def test_names_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="31 bytes"):
        diversified_key(KEY, bytes(7), bytes(3), bytes(22))
