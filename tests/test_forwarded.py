"""Who is behind a proxy: read from the right, believed of trusted peers alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.forwarded import ForwardedError, client_of, is_trusted, networks_of

TRUSTED = networks_of(("10.0.0.0/8", "::1/128"))
PROXY, CLIENT = "10.0.0.1", "192.0.2.7"

FIELDS: list[tuple[list[tuple[str, str]], str, str | None]] = [
    ([], PROXY, None),
    ([("x-forwarded-for", CLIENT)], CLIENT, None),
    ([("x-forwarded-for", f"{CLIENT}:4711")], CLIENT, None),
    ([("x-forwarded-for", "2001:db8::7")], "2001:db8::7", None),
    ([("x-forwarded-for", "[2001:db8::7]:4711")], "2001:db8::7", None),
    # What the client wrote itself stands left of what our proxy added.
    ([("x-forwarded-for", f"203.0.113.9, {CLIENT}")], CLIENT, None),
    ([("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", CLIENT)], CLIENT, None),
    ([("x-forwarded-for", f"203.0.113.9, {CLIENT}, 10.0.0.2, 10.0.0.3")], CLIENT, None),
    ([("x-forwarded-for", "10.0.0.3, 10.0.0.2")], "10.0.0.3", None),
    ([("x-forwarded-for", CLIENT), ("x-forwarded-proto", "https")], CLIENT, "https"),
    ([("forwarded", f"for={CLIENT};proto=https")], CLIENT, "https"),
    ([("forwarded", f'For="{CLIENT}:4711"; Proto=HTTP')], CLIENT, "http"),
    ([("forwarded", 'for="[2001:db8::7]:4711"')], "2001:db8::7", None),
    ([("forwarded", f"for=203.0.113.9, for={CLIENT}")], CLIENT, None),
    ([("forwarded", f"for={CLIENT}"), ("x-forwarded-for", "203.0.113.9")], CLIENT, None),
    ([("forwarded", f'by="a,b;c";for={CLIENT}')], CLIENT, None),
]


@pytest.mark.parametrize(("fields", "host", "scheme"), FIELDS)
def test_a_trusted_proxy_is_believed(fields: list[tuple[str, str]], host: str, scheme: str | None) -> None:
    assert client_of(fields, PROXY, TRUSTED) == (host, scheme)


@pytest.mark.parametrize(("fields", "host", "scheme"), FIELDS)
def test_anybody_else_is_not(fields: list[tuple[str, str]], host: str, scheme: str | None) -> None:
    assert client_of(fields, "203.0.113.5", TRUSTED) == ("203.0.113.5", None)
    assert client_of(fields, PROXY, ()) == (PROXY, None)


@pytest.mark.parametrize(
    "field",
    [
        ("x-forwarded-for", "unknown"),
        ("x-forwarded-for", f"{CLIENT}, "),
        ("x-forwarded-for", "999.0.0.1"),
        ("x-forwarded-for", "<script>"),
        ("forwarded", "for=_hidden"),
        ("forwarded", "for=unknown"),
        ("forwarded", "proto=https"),
        ("forwarded", f"for={CLIENT};for={CLIENT}"),
        ("forwarded", "for"),
        ("forwarded", '",'),
        ("forwarded", f'for={CLIENT}, for="203.0.113.9'),
        ("forwarded", f"for={CLIENT},,for={CLIENT}"),
        ("forwarded", f"for={CLIENT} {CLIENT}"),
        ("forwarded", f"for={CLIENT};proto=gopher"),
    ],
)
def test_what_can_not_be_read_is_refused(field: tuple[str, str]) -> None:
    with pytest.raises(ForwardedError):
        client_of([field], PROXY, TRUSTED)


@pytest.mark.parametrize(
    ("host", "wanted"),
    [("10.255.0.1", True), ("11.0.0.1", False), ("::1", True), ("::2", False), ("::ffff:10.0.0.1", True), ("?", False)],
)
def test_who_is_trusted(host: str, wanted: bool) -> None:
    assert is_trusted(host, TRUSTED) is wanted
    assert not is_trusted(host, ())


@given(st.sampled_from(["forwarded", "x-forwarded-for", "x-forwarded-proto"]), st.text(max_size=60))
def test_any_field_is_read_or_refused(name: str, value: str) -> None:
    try:
        host, scheme = client_of([(name, value)], PROXY, TRUSTED)
    except ForwardedError:
        return
    assert scheme in (None, "http", "https")
    assert host
