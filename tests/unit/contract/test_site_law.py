"""What a site may set about reconfirmation: later, never earlier."""

import pytest

from contract.site import SiteFileError, parse_site

BARE = "area = []\naccess_point = []\n"


def test_reconfirmation_may_begin_later_and_never_earlier_than_two_hours_before_the_end() -> None:
    assert parse_site(BARE).law.reconfirm_before_min == 120
    for wanted in (1, 30, 120):
        assert parse_site(f"{BARE}[law]\nreconfirm_before_min = {wanted}").law.reconfirm_before_min == wanted
    for wanted in (121, 1440, 0, -5):
        with pytest.raises(SiteFileError, match="use 1 to 120 minutes; earlier, officers"):
            parse_site(f"{BARE}[law]\nreconfirm_before_min = {wanted}")
