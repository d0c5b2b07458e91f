"""Options of the mail relay on the command line."""

from pathlib import Path

import pytest

from controller.service.disclosing.carriers import RelaySettings
from sacs.mail_relay import MailRelayError, relay_settings

FROM = "sacs@site.example.org"


def test_a_relay_is_a_host_a_port_and_a_sender(tmp_path: Path) -> None:
    assert relay_settings(None, None, None) is None
    assert relay_settings("mail.example.org:465", FROM, None) == RelaySettings("mail.example.org", 465, FROM, None)
    authority = tmp_path / "ca.pem"
    authority.touch()
    assert relay_settings("[::1]:587", FROM, authority) == RelaySettings("::1", 587, FROM, authority)


@pytest.mark.parametrize(
    ("relay", "sender", "why"),
    [
        (None, FROM, "go with --mail-relay"),
        ("mail.example.org", FROM, "say HOST:PORT"),
        (":465", FROM, "say HOST:PORT"),
        ("mail:0", FROM, "say HOST:PORT"),
        ("mail:70000", FROM, "say HOST:PORT"),
        ("mail:465", None, "needs --mail-from"),
        ("mail:465", "nobody", "needs --mail-from"),
        ("mail:465", "a b@c.org", "needs --mail-from"),
    ],
)
def test_what_does_not_go_together_is_refused(relay: str | None, sender: str | None, why: str) -> None:
    with pytest.raises(MailRelayError, match=why):
        relay_settings(relay, sender, None)


def test_an_authority_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MailRelayError, match="no such file"):
        relay_settings("mail:465", FROM, tmp_path / "none.pem")
