"""The web port's door: one request head is read, Host and Origin are checked, then the path decides who goes on.

1. Nothing MUST be done for a request before its head has been read whole and its Host and Origin are good: a page of
   another site, or one that rebound its name to our address, must reach neither the room nor the site.
2. A door is open for HEAD_SECONDS until the head is there, and VISIT_SECONDS until a plain answer has gone out.
"""

import asyncio
import ipaddress
import re
from collections.abc import Callable, Collection
from contextvars import copy_context
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from urllib.parse import urlsplit

from websockets.datastructures import Headers
from websockets.http11 import Request

from .api import VISITOR, bearer_of
from .connection import hand_over
from .deadlines import Alarm
from .faults import Contained
from .forwarded import ForwardedError, Networks, client_of, is_trusted, networks_of
from .gate import NoPlaceError, Place
from .handshake import shake_hands
from .member import Member
from .requests import House
from .stream import StreamMember
from .wires.http import refusal
from .wires.proxy import Address

HEALTH = ("/healthz", "/readyz")
MAX_HEAD = 16 * 1024
HEAD_SECONDS = 10.0
VISIT_SECONDS = 30.0

_PORTS = {"http": 80, "https": 443}
_HEAD_END = b"\r\n\r\n"
_TLS_HELLO = b"\x16\x03"  # RFC 8446, section 5.1: handshake, and the version that never changes
_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (/[!-~]*) (HTTP/1\.[01])")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*")
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(?::([0-9]{1,5}))?")


class RefusedError(Exception):
    """The peer's fault: a request that is not let in. `status` is HTTP's."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass(frozen=True, slots=True)
class Head:
    """A request head. Names of fields are in lower case."""

    method: str
    target: str
    version: str
    fields: tuple[tuple[str, str], ...]

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def first(self, name: str) -> str:
        """The value of a field, the first if there are more; empty if there is none."""
        return next((value for each, value in self.fields if each == name), "")

    def only(self, name: str) -> str | None:
        """The value of a field that stands there once at most. Raises RefusedError."""
        values = [value for each, value in self.fields if each == name]
        if len(values) > 1:
            raise RefusedError("400 Bad Request", f"A request has at most one {name.title()}.")
        return values[0] if values else None


def parse_head(data: bytes) -> Head:
    """A request head, its empty line included. Raises RefusedError."""
    first, *rest = data[: -len(_HEAD_END)].split(b"\r\n")
    line = _REQUEST_LINE.fullmatch(first)
    if line is None:
        raise RefusedError("400 Bad Request", "That is no HTTP/1.1 request line.")
    fields = []
    for each in rest:
        field = _FIELD.fullmatch(each)
        # RFC 9112, section 5.1 and 5.2: no space before the colon, no line folding.
        if field is None:
            raise RefusedError("400 Bad Request", "There is a header line that is none.")
        fields.append((field[1].decode().lower(), field[2].decode("latin-1")))
    return Head(line[1].decode(), line[2].decode(), line[3].decode(), tuple(fields))


def check(head: Head, scheme: str, public_hosts: Collection[str], origins: Collection[str]) -> None:
    """Whether Host is ours, and Origin, if any, is Host's own by this scheme or allowed. Raises RefusedError."""
    # RFC 9112, section 3.2: a server MUST respond with 400 to a request without Host, or with more than one.
    authority = head.only("host")
    if authority is None and head.path in HEALTH and head.method in ("GET", "HEAD"):
        return  # HAProxy's check, if nobody changes it, is HTTP/1.0 without one; and these tell nothing to rebind for
    if authority is None:
        raise RefusedError("400 Bad Request", "A request has a Host.")
    host = _HOST.fullmatch(authority)
    name = host[1].lower() if host else ""
    if host is None or not (name in public_hosts or _can_not_be_rebound(name)):
        raise RefusedError("421 Misdirected Request", "This server does not go by that name; see --public-host.")
    origin = head.only("origin")
    if origin is None or origin.lower() in origins:
        return
    if _authority(origin) != (scheme, name, int(host[2] or _PORTS[scheme])):
        raise RefusedError("403 Forbidden", "Pages of that origin may not come in; see --origin.")


@lru_cache(1024)
def _can_not_be_rebound(name: str) -> bool:
    """Whether DNS has no say in it: localhost, or a literal address. Other names must be known to be ours."""
    if name == "localhost":
        return True
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _authority(origin: str) -> tuple[str, str, int] | None:
    try:
        parts = urlsplit(origin)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or origin.count("/") != 2:
        return None
    name = f"[{host}]" if ":" in host else host
    return parts.scheme, name, port or _PORTS.get(parts.scheme, 0)


def arrive(
    site_factory: Callable[[], asyncio.Protocol],
    house: House,
    place: Place,
    transport: asyncio.Transport,
    peer: Address,
) -> None:
    """Someone came to the web port."""
    door = Door(house, site_factory, place, transport, peer)
    transport.set_protocol(door)
    door.connection_made(transport)


def turn_away(house: House, transport: asyncio.Transport, problem: str) -> None:
    """There is no place: say so, and close."""
    house.room.metrics.refusals.labels(problem).inc()
    transport.write(refusal("503 Service Unavailable", house.room.phrases(problem)))
    transport.close()


class Door(Contained, asyncio.Protocol):
    """One connection to the web port, until it becomes a member; a visit to the site stays with its door."""

    __slots__ = ("_data", "_house", "_peer", "_place", "_site", "_site_factory", "_transport", "alarm")

    def __init__(
        self,
        house: House,
        site_factory: Callable[[], asyncio.Protocol],
        place: Place,
        transport: asyncio.Transport,
        peer: Address,
    ) -> None:
        self.alarm: Alarm | None = None
        self._house = house
        self._site_factory = site_factory
        self._site: asyncio.Protocol | None = None
        self._data = b""
        self._peer = peer[0]
        self._place = place
        self._transport = transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Someone is at the door."""
        self._house.room.deadlines.wake_at(self, self._house.room.deadlines.now() + HEAD_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Bytes of the head, or of a visit."""
        if self._site is not None:
            self._site.data_received(data)
            return
        if self._transport.is_closing():
            return
        self._data += data
        if self._data.startswith(_TLS_HELLO):
            self._refuse("400 Bad Request", "This port does not speak TLS: use http:// and ws://.")
            return
        end = self._data.find(_HEAD_END)
        if end < 0 and len(self._data) <= MAX_HEAD:
            return
        if not 0 <= end <= MAX_HEAD:
            self._refuse("431 Request Header Fields Too Large", f"A request head has at most {MAX_HEAD} bytes.")
            return
        self._open(self._data[: end + len(_HEAD_END)], self._data[end + len(_HEAD_END) :])

    def eof_received(self) -> bool:
        """The peer closed its side: a visit may still get its answer."""
        if self._site is not None:
            self._site.eof_received()
            return self._transport.can_write_eof() and not self._transport.is_closing()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer is gone."""
        self._give_back()
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

    def fail(self) -> None:
        """See Blamed."""
        self.cut()

    def cut(self) -> None:
        """See Blamed."""
        self._give_back()
        self._transport.abort()

    def _give_back(self) -> None:
        self._house.room.deadlines.forget(self)
        self._place.leave()

    def _open(self, head: bytes, rest: bytes) -> None:
        self._data = b""
        settings = self._house.settings
        try:
            request = parse_head(head)
            proxy = self._peer
            self._peer, scheme = client_of(request.fields, proxy, self._proxies)
            check(request, scheme or self._scheme, settings.names, settings.origin)
            if is_trusted(proxy, self._proxies):
                self._place.belong_to(self._peer)
        except ForwardedError as error:
            self._refuse("400 Bad Request", f"{error}.")
            return
        except RefusedError as refused:
            self._refuse(refused.status, refused.text)
            return
        except NoPlaceError as error:
            self._refuse("503 Service Unavailable", self._house.room.phrases(str(error)), str(error))
            return
        if request.path == "/ws":
            self._let_in(request, rest)
        elif request.path == "/events" and request.method == "GET":
            self._stream(request)
        else:
            self._show_site(head + rest)

    @property
    def _proxies(self) -> Networks:
        return networks_of(self._house.settings.trust_proxy)

    @property
    def _scheme(self) -> str:
        return "http" if self._transport.get_extra_info("sslcontext") is None else "https"

    def _let_in(self, head: Head, rest: bytes) -> None:
        request = Request(head.target, Headers(head.fields), head.method, head.version)
        response, member = shake_hands(self._house, request, self._place, self._peer)
        self._transport.write(response)
        if member is None:
            self._house.room.metrics.refusals.labels("handshake").inc()
            self._transport.close()
            return
        self._hand_over(member)
        if rest:
            member.data_received(rest)

    def _stream(self, head: Head) -> None:
        key = bearer_of(head.first("authorization"))
        if problem := self._house.lock.refuses(self._peer, key, self._house.room.deadlines.now()):
            self._refuse("401 Unauthorized", self._house.room.phrases(problem), problem)
            return
        query = head.target.partition("?")[2]
        accept, last_id = head.first("accept"), head.first("last-event-id")
        origin = head.only("origin")
        member = StreamMember(
            self._house, self._place, self._peer, accept=accept, last_id=last_id, query=query, origin=origin
        )
        self._hand_over(member)

    def _hand_over(self, member: Member) -> None:
        self._house.room.metrics.handshakes.labels(member.wire_name).inc()
        self._house.room.deadlines.forget(self)
        hand_over(self._transport, member)

    def _show_site(self, data: bytes) -> None:
        deadlines = self._house.room.deadlines
        deadlines.forget(self)
        deadlines.wake_at(self, deadlines.now() + VISIT_SECONDS)
        context = copy_context()  # aiohttp's task for this visit is made in it
        context.run(VISITOR.set, self._peer)
        self._site = context.run(self._site_factory)
        context.run(self._site.connection_made, self._transport)
        self._site.data_received(data)

    def _refuse(self, status: str, text: str, reason: str = "") -> None:
        self._house.room.metrics.refusals.labels(reason or f"http-{status[:3]}").inc()
        self._transport.write(refusal(status, text))
        self._transport.close()
