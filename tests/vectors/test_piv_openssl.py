"""Certificates and CMS signatures that OpenSSL made: how each was made stands in piv_openssl.json.

A signature is named by the options of `openssl cms -sign` that it was made with: signer by issuer and serial (the
default), by key identifier with SHA-384, RSA-PSS with a second certificate, without signed attributes, with SHA-1, and
without the signer's certificate.
"""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from drivers.pcsc import cms
from drivers.pcsc.piv_objects import decode_certificate, decode_chuid
from drivers.pcsc.tlv import encode
from drivers.pcsc.trust import CARD_AUTHENTICATION, CONTENT_SIGNING, Trust

NOW = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def vector() -> dict[str, Any]:
    return dict(json.loads((Path(__file__).parent / "piv_openssl.json").read_text()))


@pytest.fixture(scope="module")
def trust(vector: dict[str, Any]) -> Trust:
    root, issuing = (x509.load_der_x509_certificate(bytes.fromhex(vector[name])) for name in ("root", "issuing"))
    return Trust([root], [issuing])


@pytest.mark.parametrize("name", ["issuer_serial", "key_id", "pss", "no_attributes"])
def test_a_signature_of_openssl_holds_for_its_content_and_no_other(
    vector: dict[str, Any], trust: Trust, name: str
) -> None:
    content, signature = bytes.fromhex(vector["content"]), bytes.fromhex(vector["signatures"][name])
    chuid = decode_chuid(content + encode(0x3E, signature) + b"\xfe\x00")
    assert chuid.signature == signature
    decoded = cms.decode(signature)
    decoded.check(chuid.contents)
    assert len(trust.path_to_root(decoded.signer, NOW, CONTENT_SIGNING)) == 3
    changed = decode_chuid(content.replace(b"20450101", b"20990101") + b"\xfe\x00")
    with pytest.raises(cms.BadSignatureError, match=r"changed|not its signer's"):
        decoded.check(changed.contents)


@pytest.mark.parametrize(("name", "says"), [("sha1", "not SHA-256"), ("no_certificate", "no certificate")])
def test_what_is_too_weak_or_incomplete_is_said(vector: dict[str, Any], name: str, says: str) -> None:
    with pytest.raises(cms.CmsError, match=says):
        cms.decode(bytes.fromhex(vector["signatures"][name]))


def test_a_certificate_of_openssl_has_its_path(vector: dict[str, Any], trust: Trust) -> None:
    leaf = decode_certificate(encode(0x70, bytes.fromhex(vector["card"])) + b"\x71\x01\x00\xfe\x00")
    assert len(trust.path_to_root(leaf, NOW, CARD_AUTHENTICATION)) == 3
