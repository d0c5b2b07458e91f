"""Certificates of a real deck of PIV test cards: card 23, "Public Private Key mismatch", its signing CA and root.

Source: the ICAM test cards of the U.S. General Services Administration (repository GSA/gsa-icam-card-builder, a work of
the U.S. Government in the public domain). Only certificates, no keys. Card 23 holds another key than its certificate.
"""

import datetime as dt
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from drivers.pcsc.challenge import challenge_for
from drivers.pcsc.piv import _names
from drivers.pcsc.trust import CARD_AUTHENTICATION, CONTENT_SIGNING, Trust
from drivers.pcsc.verdict import CardRefusedError
from drivers.ports import ReadRefusal

FOLDER = Path(__file__).parent / "icam"
NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)


def certificate(name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((FOLDER / f"{name}.pem").read_bytes())


@pytest.fixture(scope="module")
def trust() -> Trust:
    return Trust([certificate("root_ca")], [certificate("signing_ca")])


def test_its_path_leads_to_the_root(trust: Trust) -> None:
    path = trust.path_to_root(certificate("card_authentication"), NOW, CARD_AUTHENTICATION)
    assert [len(path), path[-1]] == [3, trust.roots[0]]


def test_its_fasc_n_is_the_one_in_its_subject() -> None:
    leaf = certificate("card_authentication")
    (named,) = leaf.subject.get_attributes_for_oid(x509.NameOID.SERIAL_NUMBER)
    assert _names(leaf) == (set(), {bytes.fromhex(str(named.value))})


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (dt.datetime(2033, 1, 1, tzinfo=dt.UTC), ReadRefusal.EXPIRED),
        (dt.datetime(2014, 1, 1, tzinfo=dt.UTC), ReadRefusal.NOT_YET_VALID),
        (dt.datetime(2015, 1, 1, tzinfo=dt.UTC), ReadRefusal.NOT_YET_VALID),  # its CA was certified anew in 2018
    ],
)
def test_out_of_its_time_it_is_refused(trust: Trust, at: dt.datetime, reason: ReadRefusal) -> None:
    with pytest.raises(CardRefusedError) as told:
        trust.path_to_root(certificate("card_authentication"), at, CARD_AUTHENTICATION)
    assert told.value.reason is reason


def test_it_signs_no_content(trust: Trust) -> None:
    with pytest.raises(CardRefusedError, match="extended key usage") as told:
        trust.path_to_root(certificate("card_authentication"), NOW, CONTENT_SIGNING)
    assert told.value.reason is ReadRefusal.UNTRUSTED


def test_another_key_does_not_answer_for_it() -> None:
    challenge = challenge_for(certificate("card_authentication").public_key())
    assert challenge is not None
    numbers = rsa.generate_private_key(65537, 2048).private_numbers()
    answer = pow(int.from_bytes(challenge.data, "big"), numbers.d, numbers.public_numbers.n)
    assert not challenge.is_answered_by(answer.to_bytes(256, "big"))
