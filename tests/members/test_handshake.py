"""The handshake; what a member is told then is in test_websocket."""

import gc

import pytest
from websockets.datastructures import Headers
from websockets.http11 import Request

from gateway.members.handshake import shake_hands
from gateway.members.websocket import WebSocketMember
from gateway.wires.json import SUBPROTOCOL

from ..fakes import Scene, scene

UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def shake(here: Scene, **fields: str) -> tuple[bytes, WebSocketMember | None]:
    headers = Headers({**UPGRADE, **{name.replace("_", "-"): value for name, value in fields.items()}})
    return shake_hands(here.house, Request("/ws", headers), here.place(), "10.0.0.1")


def undated(response: bytes) -> list[bytes]:
    return [line for line in response.splitlines() if not line.startswith(b"Date:")]


@pytest.mark.parametrize(
    ("offered", "wire"),
    [
        (SUBPROTOCOL, "json"),
        (f"mqtt, {SUBPROTOCOL}", "json"),
        ("mqtt", "text"),
    ],
)
async def test_the_subprotocol_says_which_wire_it_is(offered: str, wire: str) -> None:
    async with scene() as here:
        response, member = shake(here, Sec_WebSocket_Protocol=offered)
        assert response.startswith(b"HTTP/1.1 101 ")
        assert member is not None
        assert member.wire.name == wire
        assert (f"Sec-WebSocket-Protocol: {SUBPROTOCOL}".encode() in response) is (wire == "json")


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [
        ("permessage-deflate", True),
        ("permessage-deflate; client_max_window_bits", True),
        ("permessage-deflate; server_max_window_bits=15", True),
        ("permessage-deflate; server_max_window_bits=10", False),  # what is deflated once for all has 15
        ("permessage-deflate; server_max_window_bits=10, permessage-deflate", True),
    ],
)
async def test_no_smaller_window_is_agreed_on(offered: str, agreed: bool) -> None:
    async with scene() as here:
        response, member = shake(here, Sec_WebSocket_Extensions=offered)
        assert response.startswith(b"HTTP/1.1 101 ")
        assert (b"permessage-deflate" in response) is agreed
        assert b"server_max_window_bits=10" not in response
        assert member is not None


async def test_no_handshake_knows_of_another() -> None:
    bare: dict[str, str] = {}
    full = {"Sec_WebSocket_Protocol": SUBPROTOCOL, "Sec_WebSocket_Extensions": "permessage-deflate"}
    broken = {"Sec_WebSocket_Key": "short"}
    async with scene() as here:
        alone = {id(fields): undated(shake(here, **fields)[0]) for fields in (bare, full, broken)}
        for fields in (full, bare, broken, bare, full, broken, full, full, bare):
            response, member = shake(here, **fields)
            assert undated(response) == alone[id(fields)]
            assert (member is None) is (fields is broken)
            if member is not None:
                assert member.wire.name == ("json" if fields is full else "text")


@pytest.mark.parametrize("fields", [{}, {"Sec_WebSocket_Extensions": "permessage-deflate"}])
async def test_it_leaves_nothing_to_the_garbage_collector(fields: dict[str, str]) -> None:
    # What refers to itself waits for the collector: in a storm of handshakes that is half of their cost and memory.
    async with scene() as here:
        shake(here, **fields)  # whatever is made once
        gc.freeze()  # what all others left takes half a second to look through
        gc.disable()
        try:
            shake(here, **fields)
            assert gc.collect() == 0
        finally:
            gc.unfreeze()
            gc.enable()
