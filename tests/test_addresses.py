"""IP addresses in one form each."""

import pytest

from gateway.addresses import address_of, network_of, plain
from gateway.guard.gate import address_group, is_loopback

from .tables import each_of


@each_of(
    ("text", "form"),
    [
        ("192.0.2.9", "192.0.2.9"),
        ("::ffff:192.0.2.9", "192.0.2.9"),
        ("::FFFF:c000:209", "192.0.2.9"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::192.0.2.9", "::c000:209"),  # "IPv4-compatible" is deprecated, and another address
        ("64:ff9b::808:808", "8.8.8.8"),
        ("64:ff9b::7f00:1", "64:ff9b::7f00:1"),  # no translator writes that, and it is not our own machine
        ("64:ff9b::a00:1", "64:ff9b::a00:1"),
        ("64:ff9b:1::808:808", "64:ff9b:1::808:808"),
        ("?", None),
        ("", None),
        ("192.0.2.9:80", None),
        ("192.0.2.09", None),
    ],
)
def test_an_address_has_one_form(text: str, form: str | None) -> None:
    address = address_of(text)
    assert (None if address is None else str(address)) == form
    assert plain(text) == (form or text)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("10.0.0.1", "10.0.0.1/32"),
        ("10.1.2.3/8", "10.0.0.0/8"),
        ("::ffff:10.1.2.3/104", "10.0.0.0/8"),
        ("::ffff:10.0.0.1", "10.0.0.1/32"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("::/0", "::/0"),
    ],
)
def test_a_network_has_one_form(text: str, form: str) -> None:
    assert str(network_of(text)) == form


def test_what_counts_as_one_address_is_one_however_it_is_written() -> None:
    assert address_group("::ffff:192.0.2.9") == address_group("192.0.2.9") == "192.0.2.9"
    assert is_loopback("::ffff:127.0.0.1")
