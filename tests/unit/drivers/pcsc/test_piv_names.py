"""By what name the judge of PIV cards knows a card, and names that are none."""

import secrets

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from drivers.ports import ReadRefusal
from simulators.cards.fasc_n import FascN
from tests.unit.drivers.pcsc.issuer import MemoryCard, Site, certificate_object, chuid, ec_key, tlv
from tests.unit.drivers.pcsc.test_piv import CERTIFICATE, CHUID, judge, refusal, trust


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


def test_a_card_is_never_known_by_a_name_that_its_certificate_lacks(site: Site) -> None:
    """Who has a card of his own must not become somebody else with a CHUID that names the same FASC-N."""
    key, fasc_n, of_another = ec_key(), secrets.token_bytes(25), secrets.token_bytes(16)
    objects = {
        CERTIFICATE: certificate_object(site.certificate(key, fasc_n, None)),
        CHUID: chuid(fasc_n, of_another, site.signer, site.signer_key),
    }
    credential = judge(MemoryCard(objects, key), trust(site)).credential
    assert credential is not None
    assert credential.text == f"fasc-n:{fasc_n.hex()}"


def test_the_fasc_n_that_all_other_issuers_share_names_nobody(site: Site) -> None:
    key, shared = ec_key(), FascN(system="9999", credential="999999").encode()
    for guid in (bytes(16), secrets.token_bytes(16)):
        objects = {
            CERTIFICATE: certificate_object(site.certificate(key, shared, None)),
            CHUID: chuid(shared, guid, site.signer, site.signer_key),
        }
        assert refusal(MemoryCard(objects, key), trust(site)) is ReadRefusal.UNSUPPORTED_CARD


def test_a_certificate_whose_names_are_no_names_is_refused_and_stops_nothing(site: Site) -> None:
    """What nobody signed can hold anything: found by changing certificates at random."""
    key, guid = ec_key(), secrets.token_bytes(16)
    der = site.certificate(key, None, guid).public_bytes(Encoding.DER)
    issuer = site.issuing.certificate.subject.public_bytes()
    no_name = issuer[:13] + b"\xff" * (len(issuer) - 13)  # no UTF-8
    authority_key = bytes.fromhex("0603551d23")
    no_issuer = der.replace(issuer, no_name)
    objects = site.card().objects
    for spoilt in (no_issuer, no_issuer.replace(authority_key, authority_key[:-1] + b"\x7f")):
        assert spoilt != der
        card = MemoryCard({**objects, CERTIFICATE: tlv(0x70, spoilt) + b"\x71\x01\x00\xfe\x00"}, key)
        assert refusal(card, trust(site)) in {ReadRefusal.TAMPERED, ReadRefusal.UNTRUSTED}
