"""Who can stand in the standing order."""

import pytest

from controller.domain.disclosure import Recipient
from controller.domain.standing_order import Addressee, StandingOrderError, Way

FOLDER = Addressee("crisis-team", Recipient.CRISIS_TEAM, Way.FOLDER, "", "")


def mail(address: str) -> Addressee:
    return Addressee("crisis-team", Recipient.CRISIS_TEAM, Way.MAIL, address, "")


def test_folder_and_mail_can_stand_there() -> None:
    FOLDER.check()
    mail("crisis@ops.example.org").check()


@pytest.mark.parametrize(
    "address",
    ["", "crisis", "crisis@", "@example.org", "crisis@host", "a@b.org,c@d.org", "a@b.org\nBcc: c@d.org", "a b@c.org",
     "a@b@c.org", "é@c.org", "a" * 250 + "@c.org", "<a@c.org>"],
)  # fmt: skip
def test_what_is_no_single_mailbox_is_refused(address: str) -> None:
    with pytest.raises(StandingOrderError, match="mail needs one address"):
        mail(address).check()


def test_a_folder_has_no_address_and_a_name_is_no_path() -> None:
    with pytest.raises(StandingOrderError, match="leave it empty"):
        Addressee("crisis-team", Recipient.CRISIS_TEAM, Way.FOLDER, "x@y.org", "").check()
    for name in ("../etc", "Crisis", ""):
        with pytest.raises(StandingOrderError, match="can not name"):
            Addressee(name, Recipient.CRISIS_TEAM, Way.FOLDER, "", "").check()


@pytest.mark.parametrize("recipient", sorted(set(Recipient)))
def test_only_who_can_go_on_stands_there(recipient: Recipient) -> None:
    addressee = Addressee("crisis-team", recipient, Way.FOLDER, "", "")
    if recipient in {Recipient.CRISIS_TEAM, Recipient.HOST_COUNTRY, Recipient.SEARCH_TEAM}:
        addressee.check()
    else:
        with pytest.raises(StandingOrderError, match="can not go on"):
            addressee.check()
