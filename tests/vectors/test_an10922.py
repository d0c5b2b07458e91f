"""Diversified keys against the example of NXP AN10922 (rev. 2.2, 2.2.1), as libfreefare's tests have it too."""

from drivers.pcsc.diversification import diversified


def test_the_example_of_the_application_note() -> None:
    master = bytes.fromhex("00112233445566778899aabbccddeeff")
    uid, application, system = bytes.fromhex("04782e21801d80"), bytes.fromhex("3042f5"), b"NXP Abu"
    assert diversified(master, uid + application + system).hex() == "a8dd63a3b89d54b37ca802473fda9175"
