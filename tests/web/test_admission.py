"""Who may ask, by the password that a request brings and how much its address has asked for."""

import pytest

from gateway.guard.rate import ADDRESS_SHARE
from gateway.refusals import RefusedError
from gateway.web.admission import LOCKED, admit, bearer_of, status_of, words_of

from ..fakes import scene
from ..tables import each_of


@each_of(
    ("field", "password"),
    [
        ("Bearer open sesame", "open sesame"), ("bearer  x ", "x"), ("BEARER x", "x"), ("Basic x", None),
        ("Bearer", None), ("Bearer ", None), ("", None), ("x", None),
    ],
)  # fmt: skip
def test_a_password_is_what_stands_behind_bearer(field: str, password: str | None) -> None:
    assert bearer_of(field) == password


@pytest.mark.parametrize(("field", "code"), [("", "password-needed"), ("Bearer x", "password-wrong")])
async def test_a_shut_lock_is_told_in_words_of_http(field: str, code: str) -> None:
    async with scene(password="open sesame") as here:
        with pytest.raises(RefusedError) as caught:
            admit(here.house, "203.0.113.9", field)
        assert caught.value.code == code
        assert (status_of(code), LOCKED[code]) == ("401 Unauthorized", "WWW-Authenticate: Bearer")
        assert "/pass" not in words_of(here.house, caught.value)
        admit(here.house, "203.0.113.9", "Bearer open sesame")


async def test_an_address_has_so_many_requests_and_is_told_when_the_next_may_come() -> None:
    async with scene(rate=1.0, burst=1) as here:
        for _ in range(ADDRESS_SHARE):
            admit(here.house, "203.0.113.9", "")
        with pytest.raises(RefusedError) as caught:
            admit(here.house, "203.0.113.9", "")
        assert caught.value.code == "too-fast"
        admit(here.house, "198.51.100.7", "")
        here.clock.pass_by(caught.value.seconds)
        admit(here.house, "203.0.113.9", "")
