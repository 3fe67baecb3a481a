"""Host names and origins: what people write, what browsers send, and that the two are the same."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.hosts import Authority, authority_of, host_name, origin_of, written_origin

from .tables import each_of

NAMES = [
    ("chat.example", "chat.example"),
    ("Chat.Example.", "chat.example"),
    ("bücher.example", "xn--bcher-kva.example"),
    ("BÜCHER.example.", "xn--bcher-kva.example"),
    ("bu\u0308cher.example", "xn--bcher-kva.example"),
    ("XN--bcher-kva.example", "xn--bcher-kva.example"),
    ("聊天.example", "xn--rss932g.example"),
    ("聊天。example", "xn--rss932g.example"),
    ("straße.example", "xn--strae-oqa.example"),
    ("my_host.bücher.example", "my_host.xn--bcher-kva.example"),
    ("☕.example", "xn--53h.example"),
    ("聊天", "xn--rss932g"),
    ("ｃｈａｔ.example", "chat.example"),
]


@each_of(("written", "sent"), NAMES)
def test_a_name_is_what_browsers_send(written: str, sent: str) -> None:
    assert host_name(written) == sent
    assert written_origin(f"HTTPS://{written}") == origin_of(f"https://{sent}") == f"https://{sent}"
    assert written_origin(f"http://{written}:81") == origin_of(f"http://{sent}:81") == f"http://{sent}:81"
    assert authority_of(f"{sent.upper()}.:80") == Authority(sent, 80)


@each_of(
    "written",
    [
        "", ".", "..", "a..b", ".a", "a b", "聊 天", "a:80", "聊天:80", "http://a", "a/", "聊天/", "[::1]", "a@b",
        "\ud800", "\n", "聊天\n", "a" * 64, "聊" * 60, "a." * 130, "聊." * 130, "聊" * 10_000, "%41",
        "\u202e聊天", "\u200b",
    ],
)  # fmt: skip
def test_what_is_no_name(written: str) -> None:
    with pytest.raises(ValueError, match="must be a host name"):
        host_name(written)


@each_of(
    ("written", "sent"),
    [
        ("https://a.example:443", "https://a.example"),
        ("https://a.example:", "https://a.example"),
        ("http://a.example:80", "http://a.example"),
        ("https://a.example:80", "https://a.example:80"),
        ("http://[2001:DB8:0::1]:8080", "http://[2001:db8::1]:8080"),
        ("http://10.0.0.1", "http://10.0.0.1"),
        ("null", None),
        ("ftp://a.example", None),
        ("https://", None),
        ("https:///", None),
        ("https://a.example/", None),
        ("https://a@a.example", None),
        ("https://a.example:x", None),
        ("https://[a]", None),
        ("https://[::1", None),
        ("a.example", None),
    ],
)
def test_an_origin_is_what_browsers_send(written: str, sent: str | None) -> None:
    assert written_origin(written) == sent
    assert sent is None or origin_of(sent) == sent


@each_of("text", ["bloc\u212a.example", "bücher.example", "a\u3002example", "", ".", "a:b", "::1", "[::1%25lo]"])
def test_what_comes_in_a_request_is_not_mapped(text: str) -> None:
    assert authority_of(text) is None


@given(st.text(max_size=40) | st.sampled_from([written for written, _ in NAMES]))
def test_a_name_has_one_form(text: str) -> None:
    with contextlib.suppress(ValueError):
        name = host_name(text)
        assert host_name(name) == name
        assert authority_of(name) == Authority(name, None)
