"""What stands between the client and the room: proxies that are away, redirects, the environment's proxy."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from gateway.client import told
from gateway.client.address import LOST, STRANGER, Address, ChatError, parse_address
from gateway.client.json_session import JsonSession
from gateway.client.websocket import WebSocketLink

from .server import SECONDS, server
from .test_hostile import WELCOME, end_of, event, hang_up, shake_hands

FARAWAY = "ws://chat.example.org/ws"

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def link(url: str, *, patience: float = SECONDS, heard: list[told.Told] | None = None) -> WebSocketLink:
    events = [] if heard is None else heard
    return WebSocketLink(JsonSession(parse_address(url), events.append, name="", password="", patience=patience))


def answers(*heads: str) -> Serve:
    """Answers one request after another so, the last one for ever; empty for a gateway that lets in and goes."""
    left = list(heads)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = left.pop(0) if len(left) > 1 else left[0]
        if head:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n".encode())
        else:
            await shake_hands(reader, writer)
            writer.write(event(**WELCOME))
            await hang_up(reader, writer)

    return serve


@pytest.mark.parametrize("status", ["408 x", "429 x", "404 x", "500 x", "502 Bad Gateway", "503 x", "504 x", "521 x"])
async def test_who_was_in_waits_for_what_is_away(status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.client.session.FIRST_DELAY", 0.01)
    heard: list[told.Told] = []
    async with server(answers("", status, status, "", "421 No")) as port:
        ended = await end_of(link(f"ws://127.0.0.1:{port}", heard=heard))
    assert [event.state for event in heard if isinstance(event, told.State)] == ["connected", "lost"] * 2
    assert "--public-host" in str(ended)


@pytest.mark.parametrize("status", ["408 x", "429 x", "500 x", "502 x", "503 x"])
async def test_who_was_never_in_is_told_that_nobody_answers(status: str) -> None:
    async with server(answers(status)) as port:
        ended = await end_of(link(f"ws://127.0.0.1:{port}"))
    assert ended.status == LOST
    assert f"HTTP {status[:3]}" in str(ended)


async def test_who_takes_the_connection_and_says_nothing_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.client.websocket.OPEN_SECONDS", 0.1)

    async def serve(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        while await reader.read(65536):
            pass

    async with server(serve) as port:
        ended = await end_of(link(f"ws://127.0.0.1:{port}"))
    assert ended.status == LOST


# --- redirects ------------------------------------------------------------------------------------------------------


async def test_a_redirect_of_a_web_server_is_followed() -> None:
    async with server(answers("")) as room:
        for location in (f"http://127.0.0.1:{room}/ws", f"HTTP://127.0.0.1:{room}/ws", f"//127.0.0.1:{room}/ws"):
            heard: list[told.Told] = []
            async with server(answers(f"301 x\r\nLocation: {location}", "403 x")) as port:
                await end_of(link(f"ws://127.0.0.1:{port}", heard=heard))
            assert any(isinstance(each, told.Welcome) for each in heard), location


async def test_a_redirect_to_https_leads_to_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.client.stranger.SECONDS", 0.2)
    hellos: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hellos.append(await reader.read(2))

    async with server(take) as secure, server(answers(f"308 x\r\nLocation: https://127.0.0.1:{secure}/")) as port:
        ended = await end_of(link(f"ws://127.0.0.1:{port}"))
    assert hellos == [b"\x16\x03"]
    assert ended.status in (LOST, STRANGER)


@pytest.mark.parametrize("location", ["https://login.example.org/?next=/ws", "http://evil.example/ws"])
async def test_a_redirect_to_somewhere_else_is_told_and_gets_no_password(location: str) -> None:
    async with server(answers(f"302 x\r\nLocation: {location}")) as port:
        ended = await end_of(link(f"ws://127.0.0.1:{port}"))
    assert ended.status == STRANGER
    assert location in str(ended)


# --- the environment's proxy ----------------------------------------------------------------------------------------


@asynccontextmanager
async def proxy(head: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    for variable in ("no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY", "socks_proxy", "SOCKS_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    async with server(answers(head)) as port:
        for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(variable, f"http://user:secret@127.0.0.1:{port}")
        yield port


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_no_proxy_leads_to_this_machine(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[told.Told] = []
    async with proxy("407 x", monkeypatch), server(answers("", "403 x")) as room:
        await end_of(link(f"ws://{host}:{room}", patience=0, heard=heard))
    assert any(isinstance(each, told.Welcome) for each in heard)


@pytest.mark.parametrize(
    ("address", "loopback"),
    [("127.9.9.9", True), ("::1", True), ("a.localhost", True), ("10.0.0.1", False), ("localhost.example", False)],
)
def test_this_machine(address: str, loopback: bool) -> None:
    assert Address(address, 80).is_loopback is loopback


async def test_what_a_proxy_refuses_is_told_as_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    async with proxy("407 Proxy Authentication Required", monkeypatch) as port:
        ended = await end_of(link(FARAWAY))
    assert ended.status == LOST
    assert f"the proxy 127.0.0.1:{port}" in str(ended)
    assert "HTTP 407" in str(ended)
    assert "secret" not in str(ended)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("socks5://127.0.0.1:1", "python-socks"),
        ("gopher://127.0.0.1:1", "scheme gopher isn't supported"),
        ("http://127.0.0.1:1", "the proxy 127.0.0.1:1"),
    ],
)
async def test_a_proxy_that_can_not_be_is_one_line(
    address: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxy("200 x", monkeypatch):
        for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(variable, address)
        ended = await end_of(link(FARAWAY))
    assert isinstance(ended, ChatError)
    assert ended.status == LOST
    assert expected in str(ended)


async def test_a_proxy_that_closes_in_the_midst_of_tls_is_told_with_words(monkeypatch: pytest.MonkeyPatch) -> None:
    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async with server(close) as port:
        for variable in ("https_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(variable, f"https://127.0.0.1:{port}")
        ended = await end_of(link("wss://chat.example.org/ws"))
    assert str(ended).endswith("of this environment: Connection reset by peer")
