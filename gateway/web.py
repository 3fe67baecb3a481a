"""The web port's door: one request head is read, Host and Origin are checked, then the path decides who goes on.

1. Nothing MUST be done for a request before its head has been read whole and its Host and Origin are good: a page of
   another site, or one that rebound its name to our address, must reach neither the room nor the site.
2. A door is open for HEAD_SECONDS until the head is there, and VISIT_SECONDS until a plain answer has gone out.
"""

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from math import inf
from typing import cast

from websockets.datastructures import Headers
from websockets.http11 import Request

from .api import LOCKED, VISITOR, bearer_of
from .connection import peer_of
from .deadlines import Alarm
from .forwarded import ForwardedError, Networks, client_of, is_trusted, networks_of
from .handshake import shake_hands
from .member import Member
from .requests import House
from .stream import StreamMember
from .wires.http import (
    HEAD_END,
    MAX_HEAD,
    TLS_HELLO,
    Head,
    RefusedError,
    check_host,
    check_origin,
    parse_head,
    refusal,
)

HEAD_SECONDS = 10.0
VISIT_SECONDS = 30.0
MAX_HANDSHAKE = 2048


class Door(asyncio.Protocol):
    """One connection to the web port, until it becomes a member; a visit to the site stays with its door."""

    __slots__ = ("_data", "_entered", "_house", "_peer", "_site", "_site_factory", "_transport", "alarm")

    def __init__(self, house: House, site_factory: Callable[[], asyncio.Protocol]) -> None:
        self.alarm: Alarm | None = None
        self._house = house
        self._site_factory = site_factory
        self._site: asyncio.Protocol | None = None
        self._data = b""
        self._peer = ""
        self._entered = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Someone is at the door."""
        self._transport = cast(asyncio.Transport, transport)
        self._peer = peer_of(transport)[0]
        # A proxy has no place of its own: who is behind it gets one, once its head tells.
        if not is_trusted(self._peer, self._proxies) and not self._enter():
            return
        self._house.room.deadlines.wake_at(self, self._house.room.deadlines.now() + HEAD_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Bytes of the head, or of a visit."""
        if self._site is not None:
            self._site.data_received(data)
            return
        if self._transport.is_closing():
            return
        self._data += data
        if self._data.startswith(TLS_HELLO):
            self._refuse("400 Bad Request", "This port does not speak TLS: use http:// and ws://.")
            return
        end = self._data.find(HEAD_END)
        if end < 0 and len(self._data) <= MAX_HEAD:
            return
        if not 0 <= end <= MAX_HEAD:
            self._refuse("431 Request Header Fields Too Large", f"A request head has at most {MAX_HEAD} bytes.")
            return
        self._open(self._data[: end + len(HEAD_END)], self._data[end + len(HEAD_END) :])

    def eof_received(self) -> bool:
        """The peer closed its side: a visit may still get its answer."""
        if self._site is not None:
            self._site.eof_received()
            return self._transport.can_write_eof() and not self._transport.is_closing()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer is gone."""
        self._house.room.deadlines.forget(self)
        if self._entered:
            self._house.gate.leave(self._peer)
        if self._site is not None:
            self._site.connection_lost(exc)

    def pause_writing(self) -> None:
        """For the visit."""
        if self._site is not None:
            self._site.pause_writing()

    def resume_writing(self) -> None:
        """For the visit."""
        if self._site is not None:
            self._site.resume_writing()

    def wake(self, now: float) -> float:
        """The deadline has passed."""
        if self._site is None:
            self._refuse("408 Request Timeout", "The request did not come in time.")
        else:
            self._transport.abort()
        return inf

    def _enter(self) -> bool:
        """Take a place; False if there is none."""
        if (problem := self._house.gate.enter(self._peer)) is not None:
            self._refuse("503 Service Unavailable", self._house.room.phrases(problem), problem)
            return False
        self._entered = True
        return True

    def _open(self, head: bytes, rest: bytes) -> None:
        self._data = b""
        settings = self._house.settings
        try:
            request = parse_head(head)
            self._peer, scheme = client_of(request.fields, self._peer, self._proxies, settings.proxy_header)
            authority = check_host(request, settings.public_host)
            check_origin(request, authority, scheme or self._scheme, settings.origin)
        except ForwardedError as error:
            self._refuse("400 Bad Request", f"{error}.", about=str(error))
        except RefusedError as refused:
            self._refuse(refused.status, refused.text, about=refused.about)
        else:
            if self._entered or self._enter():
                self._lead(request, rest)

    def _lead(self, request: Head, rest: bytes) -> None:
        """To where the path says."""
        if request.path == "/ws":
            self._let_in(request, rest)
        elif request.path == "/events" and request.method == "GET":
            self._stream(request)
        else:
            self._show_site(request.encode() + rest)

    @property
    def _proxies(self) -> Networks:
        return networks_of(self._house.settings.trust_proxy)

    @property
    def _scheme(self) -> str:
        return "http" if self._transport.get_extra_info("sslcontext") is None else "https"

    def _let_in(self, head: Head, rest: bytes) -> None:
        # The library takes bytes over 0x7F for Latin-1, raises for what that does not have, and is slow with long ones.
        fields = [(name, value.encode().decode("latin-1")) for name, value in head.fields if _is_of_handshake(name)]
        if sum(len(value) for _, value in fields) > MAX_HANDSHAKE:
            text = f"The fields of a WebSocket handshake have at most {MAX_HANDSHAKE} bytes."
            self._refuse("431 Request Header Fields Too Large", text)
            return
        request = Request(head.target, Headers(fields), head.method, head.version)
        response, member = shake_hands(self._house, request)
        self._transport.write(response)
        if member is None:
            self._house.room.metrics.refusals.tell(self._peer, "handshake")
            self._transport.close()
            return
        self._hand_over(member)
        if rest:
            member.data_received(rest)

    def _stream(self, head: Head) -> None:
        key = bearer_of(head.first("authorization"))
        if problem := self._house.lock.refuses(self._peer, key, self._house.room.deadlines.now()):
            status, field = LOCKED[problem]
            self._transport.write(refusal(status, self._house.room.phrases(problem), field))
            self._transport.close()
            return
        query = head.target.partition("?")[2]
        accept, last_id = head.first("accept"), head.first("last-event-id")
        self._hand_over(StreamMember(self._house, accept=accept, last_id=last_id, query=query))

    def _hand_over(self, member: Member) -> None:
        self._house.room.metrics.handshakes.labels(member.wire_name).inc()
        self._house.room.deadlines.forget(self)
        self._transport.set_protocol(member)
        member.host = self._peer
        member.connection_made(self._transport)

    def _show_site(self, data: bytes) -> None:
        deadlines = self._house.room.deadlines
        deadlines.forget(self)
        deadlines.wake_at(self, deadlines.now() + VISIT_SECONDS)
        context = copy_context()  # aiohttp's task for this visit is made in it
        context.run(VISITOR.set, self._peer)
        self._site = context.run(self._site_factory)
        context.run(self._site.connection_made, self._transport)
        self._site.data_received(data)

    def _refuse(self, status: str, text: str, reason: str = "", about: str = "") -> None:
        self._house.room.metrics.refusals.tell(self._peer, reason or f"http-{status[:3]}", about)
        self._transport.write(refusal(status, text))
        self._transport.close()


def _is_of_handshake(name: str) -> bool:
    """RFC 6455, section 4.2.1, and its extensions; Host and Origin have been looked at."""
    return name in ("upgrade", "connection") or name.startswith("sec-websocket-")


class SiteDoor(Door):
    """A door that leads to a site and to nothing else: that of --metrics."""

    __slots__ = ()

    def _lead(self, request: Head, rest: bytes) -> None:
        self._show_site(request.encode() + rest)
