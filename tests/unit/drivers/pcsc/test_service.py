"""What the driver makes of the service's words: errors by kind, names of readers, what a reader says that it is."""

import pytest
from smartcard import scard  # type: ignore[import-untyped]

from drivers.pcsc import service
from drivers.pcsc.apdu import CardError, CardGoneError
from drivers.pcsc.service import CardBusyError, Identity, ReaderGoneError, Service, ServiceError, matching


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (scard.SCARD_E_NO_SERVICE, ServiceError),
        (scard.SCARD_F_COMM_ERROR, ServiceError),
        (scard.SCARD_E_INVALID_PARAMETER, ServiceError),
        (scard.SCARD_E_UNKNOWN_READER, ReaderGoneError),
        (scard.SCARD_E_READER_UNAVAILABLE, ReaderGoneError),
        (scard.SCARD_W_REMOVED_CARD, CardGoneError),
        (scard.SCARD_W_RESET_CARD, CardGoneError),
        (scard.SCARD_W_UNRESPONSIVE_CARD, CardError),
        (scard.SCARD_E_SHARING_VIOLATION, CardBusyError),
    ],
)
def test_each_error_has_its_kind(code: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        service._check(code)


def test_an_odd_answer_to_a_command_is_the_cards_fault_and_a_lost_service_is_not() -> None:
    with pytest.raises(CardError):
        service._check(scard.SCARD_E_INVALID_PARAMETER, otherwise=CardError)
    with pytest.raises(ServiceError):
        service._check(scard.SCARD_E_NO_SERVICE, otherwise=CardError)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("ACS ACR1252 00 00", ["ACS ACR1252 00 00"]),
        ("ACS ACR1252", ["ACS ACR1252 00 00", "ACS ACR1252 00 01"]),
        ("Omni", ["Omnikey 5422 01 00"]),
        ("5422", []),
        ("", ["ACS ACR1252 00 00", "ACS ACR1252 00 01", "Omnikey 5422 01 00"]),
    ],
)
def test_a_reader_is_named_by_its_whole_name_or_its_beginning(wanted: str, found: list[str]) -> None:
    assert matching(["ACS ACR1252 00 00", "ACS ACR1252 00 01", "Omnikey 5422 01 00"], wanted) == found


def said_by(monkeypatch: pytest.MonkeyPatch, attributes: dict[int, bytes]) -> Identity:
    monkeypatch.setattr(scard, "SCardEstablishContext", lambda _scope: (scard.SCARD_S_SUCCESS, 1))
    monkeypatch.setattr(scard, "SCardReleaseContext", lambda _context: scard.SCARD_S_SUCCESS)
    monkeypatch.setattr(scard, "SCardConnect", lambda *_: (scard.SCARD_S_SUCCESS, 2, 0))
    monkeypatch.setattr(scard, "SCardDisconnect", lambda *_: scard.SCARD_S_SUCCESS)

    def get(_handle: int, attribute: int) -> tuple[int, list[int]]:
        if attribute not in attributes:
            return scard.SCARD_E_UNSUPPORTED_FEATURE, []
        return scard.SCARD_S_SUCCESS, list(attributes[attribute])

    monkeypatch.setattr(scard, "SCardGetAttrib", get)
    with Service() as context:
        return context.identity("Reader 00 00")


def test_what_a_reader_says_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    attributes = {
        scard.SCARD_ATTR_VENDOR_NAME: b"Vendor\0",
        scard.SCARD_ATTR_VENDOR_IFD_TYPE: b"Model \x1b[31m5\0rubbish",
        scard.SCARD_ATTR_VENDOR_IFD_VERSION: bytes.fromhex("00000402"),
        scard.SCARD_ATTR_VENDOR_IFD_SERIAL_NO: b"0042",
    }
    assert said_by(monkeypatch, attributes) == Identity("Vendor", "Model [31m5", "2.4", "0042")


def test_a_reader_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said_by(monkeypatch, {}) == Identity()
