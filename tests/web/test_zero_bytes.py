"""A zero byte in a query is the asker's mistake, on every page, and no failure of ours."""

import pytest

from governance.actions.give_grant import give_grant
from governance.permissions import Job
from tests.web.conftest import signed_in

PAGES = [
    "/studies?q=%00",
    "/studies?site=a%00b",
    "/studies?site=a&after=%00",
    "/patients?after=%00",
    "/people?q=%00",
    "/access/grants?person=%00",
    "/access/grants?%00=x",
    "/audit?purpose=%00",
    "/sign-in?next=%00",
]


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.django_db
def test_a_zero_byte_in_a_query_is_a_bad_request_and_said_so(address, alice):
    give_grant(alice, Job.COMPLIANCE_OFFICER)
    give_grant(alice, Job.ADMINISTRATOR)
    answer = signed_in(alice).get(address)
    assert answer.status_code == 400
    assert "\0" not in answer.content.decode()
