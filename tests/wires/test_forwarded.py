"""Who is behind a proxy: read from the right, by one field, believed of trusted peers alone."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import ProxyHeader
from gateway.wires.forwarded import Fields, ForwardedError, client_of, is_trusted, networks_of

from ..growth import Shape, assert_linear, name_of
from ..tables import each_of

TRUSTED = networks_of(("10.0.0.0/8", "::1/128", "::ffff:172.16.0.0/108"))
PROXY, CLIENT = "10.0.0.1", "192.0.2.7"
XFF: ProxyHeader = "x-forwarded-for"
FORWARDED: ProxyHeader = "forwarded"


def listed(*hosts: str, schemes: str | None = None) -> list[tuple[str, str]]:
    fields = [("x-forwarded-for", host) for host in hosts]
    return fields if schemes is None else [*fields, ("x-forwarded-proto", schemes)]


# By which field the proxy tells, what came, and whose request it is.
FIELDS: list[tuple[ProxyHeader, list[tuple[str, str]], str, str | None]] = [
    (XFF, [], PROXY, None),
    (XFF, listed(CLIENT), CLIENT, None),
    (XFF, listed(f"{CLIENT}:4711"), CLIENT, None),
    (XFF, listed("2001:db8::7"), "2001:db8::7", None),
    (XFF, listed("2001:DB8:0::7"), "2001:db8::7", None),
    (XFF, listed("[2001:db8::7]:4711"), "2001:db8::7", None),
    (XFF, listed("[2001:db8::7]"), "2001:db8::7", None),
    # An IPv4 address is one, however it is written.
    (XFF, listed(f"::ffff:{CLIENT}"), CLIENT, None),
    (XFF, listed(f"[::ffff:{CLIENT}]:4711"), CLIENT, None),
    (XFF, listed(CLIENT, "::ffff:10.0.0.2"), CLIENT, None),
    (XFF, listed(CLIENT, "172.16.0.9"), CLIENT, None),
    # What the client wrote itself stands left of what our proxy added.
    (XFF, listed(f"203.0.113.9, {CLIENT}"), CLIENT, None),
    (XFF, listed("203.0.113.9", CLIENT), CLIENT, None),
    (XFF, listed(f"<script>, {CLIENT}"), CLIENT, None),
    (XFF, listed(f"203.0.113.9, {CLIENT}, 10.0.0.2, 10.0.0.3"), CLIENT, None),
    (XFF, listed("10.0.0.3, 10.0.0.2"), "10.0.0.3", None),
    (XFF, listed(", ".join([CLIENT, *["10.0.0.2"] * 31])), CLIENT, None),
    # Empty elements are none.
    (XFF, listed(f" , ,\t{CLIENT} , "), CLIENT, None),
    (XFF, listed("", " ,"), PROXY, None),
    # The scheme of that hop, or the nearest that one after it tells.
    (XFF, listed(CLIENT, schemes="https"), CLIENT, "https"),
    (XFF, listed(CLIENT, schemes="WSS"), CLIENT, "https"),
    (XFF, listed(CLIENT, schemes="ws"), CLIENT, "http"),
    (XFF, listed(CLIENT, schemes=""), CLIENT, None),
    (XFF, listed(CLIENT, schemes="gopher, https"), CLIENT, "https"),
    (XFF, listed(f"{CLIENT}, 10.0.0.2", schemes="https, http"), CLIENT, "https"),
    (XFF, listed(f"{CLIENT}, 10.0.0.2", schemes="http, https, http"), CLIENT, "https"),
    (XFF, listed(f"{CLIENT}, 10.0.0.2", schemes="https"), CLIENT, "https"),
    (XFF, listed(schemes="https"), PROXY, "https"),
    (XFF, listed(schemes="https, http"), PROXY, "http"),  # the first is the client's own
    (XFF, listed(schemes="http, https"), PROXY, "https"),
    (XFF, listed(f"203.0.113.9, {CLIENT}", schemes="http, https"), CLIENT, "https"),
    (FORWARDED, [("forwarded", f"for={CLIENT};proto=https")], CLIENT, "https"),
    (FORWARDED, [("forwarded", f'For="{CLIENT}:4711"; Proto=HTTP')], CLIENT, "http"),
    (FORWARDED, [("forwarded", f"for={CLIENT};proto=wss")], CLIENT, "https"),
    (FORWARDED, [("forwarded", 'for="[2001:db8::7]:4711"')], "2001:db8::7", None),
    (FORWARDED, [("forwarded", f'for="[::ffff:{CLIENT}]"')], CLIENT, None),
    (FORWARDED, [("forwarded", f"for=203.0.113.9, for={CLIENT}")], CLIENT, None),
    (FORWARDED, [("forwarded", f"for=203.0.113.9;proto=https, for={CLIENT}")], CLIENT, None),
    (FORWARDED, [("forwarded", f"for={CLIENT};proto=https, for=10.0.0.2;proto=http")], CLIENT, "https"),
    (FORWARDED, [("forwarded", f"for={CLIENT}, for=10.0.0.2;proto=https")], CLIENT, "https"),
    (FORWARDED, [("forwarded", f"for=203.0.113.9;proto=http, for={CLIENT};proto=https")], CLIENT, "https"),
    (FORWARDED, [("forwarded", "for=203.0.113.9"), ("forwarded", f"for={CLIENT}")], CLIENT, None),
    (FORWARDED, [("forwarded", f'by="a,b;c";for={CLIENT}')], CLIENT, None),
    (FORWARDED, [("forwarded", f'by="a\\"b\\\\";for="{CLIENT[:-1]}\\7"')], CLIENT, None),
    (FORWARDED, [("forwarded", f", ,; for={CLIENT} ; ;,")], CLIENT, None),
    (FORWARDED, [("forwarded", "")], PROXY, None),
    # The other field is anybody's, so it is not read, whatever it says.
    (XFF, [("forwarded", "for=203.0.113.9;proto=https"), *listed(CLIENT)], CLIENT, None),
    (XFF, [("forwarded", "for=203.0.113.9")], PROXY, None),
    (XFF, [("forwarded", '"')], PROXY, None),
    (FORWARDED, [("forwarded", f"for={CLIENT}"), *listed("203.0.113.9", schemes="https")], CLIENT, None),
    (FORWARDED, listed("junk", schemes="junk"), PROXY, None),
    (XFF, [("x-real-ip", "203.0.113.9"), ("x-forwarded-host", "evil"), *listed(CLIENT)], CLIENT, None),
]


@each_of(("header", "fields", "host", "scheme"), FIELDS)
def test_a_trusted_proxy_is_believed(header: ProxyHeader, fields: Fields, host: str, scheme: str | None) -> None:
    assert client_of(fields, PROXY, TRUSTED, header) == (host, scheme)
    assert client_of(fields, f"::ffff:{PROXY}", TRUSTED, header)[1] == scheme


@each_of(("header", "fields", "host", "scheme"), FIELDS)
def test_anybody_else_is_not(header: ProxyHeader, fields: Fields, host: str, scheme: str | None) -> None:
    assert client_of(fields, "203.0.113.5", TRUSTED, header) == ("203.0.113.5", None)
    assert client_of(fields, PROXY, (), header) == (PROXY, None)


@each_of(
    "field",
    [
        ("x-forwarded-for", "unknown"),
        ("x-forwarded-for", "999.0.0.1"),
        ("x-forwarded-for", "<script>"),
        ("x-forwarded-for", f"{CLIENT}:"),
        ("x-forwarded-for", f"{CLIENT}:x"),
        ("x-forwarded-for", f"{CLIENT}:123456"),
        ("x-forwarded-for", "[2001:db8::7"),
        ("x-forwarded-for", "[2001:db8::7]4711"),
        ("x-forwarded-for", "[2001:db8::7]:x"),
        ("x-forwarded-for", "fe80::1%eth0"),
        ("x-forwarded-for", f'"{CLIENT}"'),
        ("x-forwarded-for", "\ufffd"),
        ("x-forwarded-for", "10.0.0.2, " * 33),
        ("x-forwarded-proto", "gopher"),
        ("forwarded", "for=_hidden"),
        ("forwarded", "for=unknown"),
        ("forwarded", "proto=https"),
        ("forwarded", "for="),
        ("forwarded", f"for={CLIENT};for={CLIENT}"),
        ("forwarded", f"for={CLIENT};FOR={CLIENT}"),
        ("forwarded", "for"),
        ("forwarded", "="),
        ("forwarded", f"f or={CLIENT}"),
        ("forwarded", f"for ={CLIENT}"),
        ("forwarded", '",'),
        ("forwarded", f'for="{CLIENT}'),
        ("forwarded", f'for="{CLIENT}\\'),
        ("forwarded", f'for={CLIENT}, for="203.0.113.9'),
        ("forwarded", f'for="{CLIENT}"x'),
        ("forwarded", f"for={CLIENT} {CLIENT}"),
        ("forwarded", f"for={CLIENT};proto=gopher"),
    ],
)
def test_what_can_not_be_read_is_refused(field: tuple[str, str]) -> None:
    with pytest.raises(ForwardedError):
        client_of([field], PROXY, TRUSTED, FORWARDED if field[0] == "forwarded" else XFF)


@each_of(
    ("host", "wanted"),
    [
        ("10.255.0.1", True), ("11.0.0.1", False), ("::1", True), ("::2", False), ("::ffff:10.0.0.1", True),
        ("172.31.0.1", True), ("172.32.0.1", False), ("?", False), ("", False),
    ],
)  # fmt: skip
def test_who_is_trusted(host: str, wanted: bool) -> None:
    assert is_trusted(host, TRUSTED) is wanted
    assert not is_trusted(host, ())


@given(
    st.sampled_from([XFF, FORWARDED]),
    st.sampled_from(["forwarded", "x-forwarded-for", "x-forwarded-proto"]),
    st.text(max_size=60) | st.text('for=proto;, "\\[:]127.0', max_size=60),
)
def test_any_field_is_read_or_refused(header: ProxyHeader, name: str, value: str) -> None:
    try:
        host, scheme = client_of([(name, value)], PROXY, TRUSTED, header)
    except ForwardedError:
        return
    assert scheme in (None, "http", "https")
    assert host


SHAPES = [
    Shape(b"", b'"\\'),
    Shape(b'for="', b"\\"),
    Shape(b'for="', b'\\"'),
    Shape(b'for="', b","),
    Shape(b"", b'"'),
    Shape(b"", b" ", b"="),
    Shape(b"for=1.2.3.4", b" ", b"x"),
    Shape(b"", b","),
    Shape(b"", b";"),
    Shape(b"", b"="),
    Shape(b"", b"a"),
    Shape(b"", b"a=b;"),
    Shape(b"", b"for=10.0.0.1,"),
    Shape(b"", b"10.0.0.1,"),
    Shape(b"", b"::1,"),
    Shape(b"", b":"),
    Shape(b"[", b":", b"]"),
    Shape(b"1.2.3.4:", b"9"),
    Shape(b"", b"1."),
]


@pytest.mark.parametrize("shape", SHAPES, ids=name_of)
def test_a_field_costs_as_much_as_its_bytes(shape: Shape) -> None:
    """The fault was 1 s for 16 KB of `"\\`."""

    def read(data: bytes) -> None:
        for header in (XFF, FORWARDED):
            with suppress(ForwardedError):
                client_of([(header, data[: len(data) // 8].decode())], PROXY, TRUSTED, header)

    assert_linear(read, shape)
