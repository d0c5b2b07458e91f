"""The example of TIG SCEPACS 2.3 (Technical Implementation Guidance: Smart Card Enabled PACS), section 6.2."""

from simulators.cards.fasc_n import FascN


def test_the_guidance_s_example() -> None:
    example = FascN(
        agency="0032",
        system="0001",
        credential="092446",
        series="0",
        issue="1",
        person="1112223333",
        category="1",
        organization="1223",
        association="2",
    )
    assert example.encode().hex().upper() == "D0439458210C2C19A0846D83685A1082108CE73984108CA3FC"
