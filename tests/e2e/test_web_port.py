"""The web port: the page and health by aiohttp's client, the door by hand."""

import asyncio
import re
from itertools import product

import aiohttp
import pytest

from gateway.wires.http import MAX_FIELDS

from ..patience import PATIENCE
from .conftest import Start
from .gateway import Gateway
from .peers import chat, upgrade_request


async def exchange(gateway: Gateway, data: bytes, *, close: bool = False) -> str:
    """Send bytes to the web port, and read until it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.http_port)
    writer.write(data)
    if close:
        writer.write_eof()
    async with asyncio.timeout(PATIENCE):
        answer = await reader.read(-1)
    writer.close()
    return answer.decode(errors="replace")


async def test_the_page_and_its_files(gateway: Gateway) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(gateway.page) as response:
            assert response.status == 200
            assert response.headers["Content-Type"].startswith("text/html")
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert "Server" not in response.headers
            assert response.headers["Connection"] == "close"
            assert response.headers["Cache-Control"] == "no-cache"
            etag, page = response.headers["ETag"], await response.text()
        async with session.get(gateway.page, headers={"If-None-Match": etag}) as response:
            assert (response.status, await response.read()) == (304, b"")
        files = re.findall(r'"(static/\w+/[\w.-]+)"', page)
        assert {file.rsplit(".")[-1] for file in files} == {"js", "css", "svg", "webmanifest"}
        for file in files:
            async with session.get(gateway.page + file) as response:
                assert response.status == 200
                etag = response.headers["ETag"]
                assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            async with session.get(gateway.page + file, headers={"If-None-Match": etag}) as response:
                assert (response.status, await response.read()) == (304, b"")
        folder = files[0].rsplit("/", 1)[0]
        for path in (
            f"{folder}/../pyproject.toml",
            f"{folder}/%2e%2e/%2e%2e/pyproject.toml",
            "static/0/main.js",
            "nothing",
        ):
            async with session.get(gateway.page + path) as response:
                assert response.status == 404


async def test_health(gateway: Gateway) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("healthz", "readyz"):
            async with session.get(gateway.page + path) as response:
                assert (response.status, await response.text()) == (200, "ok\n")


HOSTS = ["", "Host: chat.default.svc:8080\r\n", "Host: 10.1.2.3\r\n", "Host: [::\r\n", "Host: \u00e9@/?#\r\n"]


@pytest.mark.parametrize("path", ["healthz", "readyz"])
async def test_health_for_probes_that_send_no_host_or_the_name_of_a_service(gateway: Gateway, path: str) -> None:
    for method, host in product(("GET", "OPTIONS"), HOSTS):
        answer = await exchange(gateway, f"{method} /{path} HTTP/1.0\r\n{host}\r\n".encode())
        assert answer.endswith("\r\n\r\nok\n")
        assert re.match(r"HTTP/1\.[01] 200 OK\r\n", answer)
    answer = await exchange(gateway, f"HEAD /{path} HTTP/1.0\r\n\r\n".encode())
    assert re.match(r"HTTP/1\.[01] 200 OK\r\n", answer)
    assert answer.endswith("\r\n\r\n")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
        ("GET /ws HTTP/1.1\r\nHost: evil.example\r\nUpgrade: websocket\r\n\r\n", 421),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("nonsense\r\n\r\n", 400),
        ("GET /messages HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n", 403),
        ("GET /ws HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n\r\n", 403),
        ("GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n", 426),
        ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi", 405),
        ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 411),
        ("GET /%ff%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        ("GET / HTTP/1.1\r\nHost: localhost\r\n" + "X: y\r\n" * 4000 + "\r\n", 431),
        ("GET /" + "x" * 20_000, 431),
        ("GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 200),
        ("GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 421),
        ("GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
        ("POST /healthz HTTP/1.1\r\nHost: chat.default.svc\r\nContent-Length: 0\r\n\r\n", 421),
        ("GET http://localhost/ws HTTP/1.1\r\nHost: localhost\r\n\r\n", 426),
        ("GET /healthz HTTP/1.1\r\nHost: localhost.:80\r\n\r\n", 200),
        ("\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 200),
        ("GET /healthz HTTP/1.1\nHost: localhost\n\n", 400),
    ],
)
async def test_what_the_door_says(gateway: Gateway, head: str, status: int) -> None:
    answer = await exchange(gateway, head.encode())
    assert answer.startswith((f"HTTP/1.1 {status} ", f"HTTP/1.0 {status} ")), answer
    assert "Traceback" not in answer


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/openapi.json", "/say", "/messages", "/events"])
async def test_what_is_allowed_is_what_a_refusal_says(gateway: Gateway, path: str) -> None:
    """RFC 9110, section 10.2.1: Allow lists what the resource supports."""
    fields = "Host: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    refused = await exchange(gateway, f"PATCH {path} HTTP/1.1\r\n{fields}".encode())
    found = re.search(r"(?m)^Allow: (.*)\r$", refused)
    assert found is not None, refused
    allowed = set(re.split(r",\s*", found[1]))
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.http_port)
        writer.write(f"{method} {path} HTTP/1.1\r\n{fields}".encode())
        async with asyncio.timeout(PATIENCE):
            status = (await reader.readline()).decode()
        writer.close()
        assert (" 405 " not in status) is (method in allowed), (method, status, allowed)


@pytest.mark.parametrize(
    "fields",
    [
        ["Cookie: " + "; ".join(f"{name}={name * 3000}" for name in "abcde")],
        [f"X-{number}: {'é' * 1000}" for number in range(8)],
        ["a: " + "b" * 100] * (MAX_FIELDS - 1),
        ["X: " + "\udcff" * 16_000],  # which is longer when it is handed on
    ],
    ids=["one", "some", "many", "no UTF-8"],
)
async def test_a_head_within_the_limit_is_answered_whatever_it_is_made_of(gateway: Gateway, fields: list[str]) -> None:
    head = "\r\n".join(["GET /healthz HTTP/1.1", "Host: localhost", *fields, "", ""])
    assert 8190 < len(head) <= 16_384 or "é" in head
    assert (await exchange(gateway, head.encode(errors="surrogateescape"))).endswith("\r\n\r\nok\n")


async def test_a_request_line_within_the_limit_is_answered(gateway: Gateway) -> None:
    answer = await exchange(gateway, b"GET /healthz?" + b"x" * 16_300 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.endswith("\r\n\r\nok\n")


async def test_a_name_that_is_not_ascii(start: Start) -> None:
    gateway = start("--public-host", "Bücher.example", "--origin", "https://聊天.example.")
    head = "GET /healthz HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\n\r\n"
    answer = await exchange(gateway, head.format("xn--bcher-kva.example", "https://xn--rss932g.example").encode())
    assert answer.startswith("HTTP/1.1 200 ")
    assert "\r\nAccess-Control-Allow-Origin: https://xn--rss932g.example\r\n" in answer


async def test_a_closed_half_gets_its_page(gateway: Gateway) -> None:
    answer = await exchange(gateway, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", close=True)
    assert answer.endswith("ok\n")


async def test_a_head_in_pieces_and_pipelined_frames(gateway: Gateway) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.http_port)
    head = upgrade_request()
    async with chat(gateway) as ann:
        for at in range(len(head) - 1):
            writer.write(head[at : at + 1])
            await writer.drain()
        writer.write(head[-1:] + b"\x81\x82\0\0\0\0hi")  # the first frame in the segment that ends the head
        assert await ann.texts(1) == ["hi"]
        assert b"101 Switching" in await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def test_a_hello_in_the_segment_of_the_handshake_is_answered_behind_it(gateway: Gateway) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.http_port)
    hello = b'{"type":"hello"}'
    handshake = upgrade_request("Sec-WebSocket-Protocol: chat.v1.json")
    writer.write(handshake + bytes([0x81, 0x80 + len(hello)]) + bytes(4) + hello)
    async with asyncio.timeout(PATIENCE):
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 "), head
        assert b"welcome" in await reader.read(1000)
    writer.close()


@pytest.mark.worlds
async def test_a_slow_head_is_closed_in_time_and_others_go_on(gateway: Gateway) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    slow = asyncio.create_task(exchange(gateway, b"GET / HTTP/1.1\r\nHost: localhost\r\n"))
    async with chat(gateway) as ann:
        await ann.say("hi")
        assert await ann.texts(1) == ["hi"]
    assert (await slow).startswith("HTTP/1.1 408 ")
    assert 9 < loop.time() - began < 14


async def test_a_handshake_of_long_fields_is_refused(gateway: Gateway) -> None:
    """The library takes its time with lists: 16 KB of `a,` took 60 ms."""
    for field in ("Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol", "Connection"):
        answer = await exchange(gateway, upgrade_request(f"{field}: {'a,' * 2000}"))
        assert answer.startswith("HTTP/1.1 431 "), answer


async def test_a_handshake_with_fields_of_any_bytes(gateway: Gateway) -> None:
    head = upgrade_request("Cookie: \xff", "X: 密码", "Sec-WebSocket-Protocol: 密").replace("\xff".encode(), b"\xff")
    assert (await exchange(gateway, head, close=True)).startswith("HTTP/1.1 400 ")
    answer = await exchange(gateway, head.replace("密\r\n\r\n".encode(), b"x\r\n\r\n"), close=True)
    assert answer.startswith("HTTP/1.1 101 "), answer
