"""The web port's door: one request head is read, Host and Origin are checked, then the path decides who goes on.

1. Nothing MUST be done for a request before its head has been read whole and its Host and Origin are good: a page of
   another site, or one that rebound its name to our address, must not reach the room. The page itself any Origin has.
2. A door is open for HEAD_SECONDS until the head is there, and VISIT_SECONDS until a plain answer has gone out.
"""

import asyncio
from collections.abc import Mapping
from math import ceil, inf
from typing import cast

from websockets.datastructures import Headers
from websockets.http11 import Request

from ..guard.gate import NoPlaceError, Place, lane_of
from ..members.arrival import Newcomer, part_from
from ..members.connection import hand_over
from ..members.endpoints import LOCAL, peer_of
from ..members.handshake import shake_hands
from ..members.house import House
from ..members.member import Member
from ..members.stream import StreamMember
from ..refusals import RefusedError
from ..wires.forwarded import ForwardedError, Networks, client_of, networks_of
from ..wires.http import (
    Head,
    HttpError,
    asks_how_we_are,
    body_size,
    check_host,
    check_origin,
    cut_head,
    parse_head,
    refusal,
)
from ..wires.proxy import Address
from .admission import LOCKED, admit, status_of, words_of
from .cors import share_with
from .site import max_body
from .visit import SLACK, Site, Visit

HEAD_SECONDS = 10.0
VISIT_SECONDS = 30.0
MAX_HANDSHAKE = 2048
MAX_SEGMENTS = 8
"""Slashes of a path; ours have three at most. aiohttp's router looks at each part with all that stand before it."""


class Door(Newcomer):
    """One connection to the web port, until it becomes a member; a visit to the site stays with its door."""

    __slots__ = (
        "_body_size",
        "_data",
        "_has_ended",
        "_head",
        "_is_paused",
        "_peer",
        "_shared",
        "_site",
        "_visit",
    )

    def __init__(
        self,
        house: House,
        site: Site,
        place: Place,
        transport: asyncio.Transport,
        peer: Address,
    ) -> None:
        super().__init__(house, place, transport)
        self._site = site
        self._visit: Visit | None = None
        self._data = b""
        self._head: bytes | None = None  # it is whole, and waits for its turn
        self._is_paused = False  # meanwhile
        self._has_ended = False  # meanwhile
        self._body_size = 0
        self._shared: Mapping[str, str] = {}
        self._peer = peer[0]
        place.make_way_by(self.make_room)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Someone is at the door."""
        self._house.deadlines.wake_at(self, self._house.deadlines.now() + HEAD_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Bytes of the head, or of a visit."""
        if self._visit is not None:
            self._visit.data_received(data)
            return
        if self._transport.is_closing():
            return
        seen = len(self._data)
        self._data += data
        if self._head is not None:
            return
        try:
            if found := cut_head(self._data, seen):
                self._head, self._data = found
                self._take_turn()
        except HttpError as refused:
            self._refuse(refused.status, refused.text, about=refused.about)

    def _take_turn(self) -> None:
        turns = self._house.turns
        with turns:
            if not turns.is_over():
                self.go_on()
                return
        self._is_paused = True
        self._transport.pause_reading()
        turns.line_up(self, self._lane)

    @property
    def _lane(self) -> str:
        """All that a proxy brings is one crowd, until it is known from whom: a thousand lanes are before everybody."""
        return lane_of(self._peer, f"{id(self):x}") if self._place.is_somebodys else self._peer

    def go_on(self) -> None:
        """See Turns: do what the head asks for."""
        head, self._head = self._head, None
        if head is None or self._transport.is_closing():
            return
        if self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()
        with self._house.turns:
            self._open(head, self._data)
        if self._has_ended and not cast(asyncio.Protocol, self._transport.get_protocol()).eof_received():
            self._transport.close()

    def eof_received(self) -> bool:
        """The peer closed its side: a visit may still get its answer."""
        if self._head is not None:
            self._has_ended = True
            return self._transport.can_write_eof()
        return self._visit is not None and self._visit.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer is gone."""
        super().connection_lost(exc)
        if self._visit is not None:
            self._visit.connection_lost()

    def pause_writing(self) -> None:
        """For the visit."""
        if self._visit is not None:
            self._visit.site.pause_writing()

    def resume_writing(self) -> None:
        """For the visit."""
        if self._visit is not None:
            self._visit.site.resume_writing()

    def make_room(self) -> None:
        """Somebody else is to ask how we are: this one has been answered by then, or wants something else."""
        if self._visit is None and not self._transport.is_closing():
            self._turn_away(self._place.problem)
            part_from(self._transport)
        else:
            self.cut()

    def wake(self, now: float) -> float:
        """The deadline has passed; or that for the end, of who was refused and does not go."""
        if self._head is not None:  # that it waits is ours
            return now + HEAD_SECONDS
        if self._visit is None and not self._transport.is_closing():
            if self._place.problem:
                self._turn_away(self._place.problem)
            else:
                self._refuse("408 Request Timeout", "The request did not come in time.")
        else:
            self._transport.abort()
        return inf

    def _open(self, head: bytes, rest: bytes) -> None:
        self._data = b""
        settings = self._house.settings
        try:
            request = parse_head(head)
            self._body_size = min(body_size(request), max_body(settings) + SLACK)
            self._peer, scheme = client_of(request.fields, self._peer, self._proxies, settings.proxy_header)
            authority = check_host(request, settings.names)
            check_origin(request, authority, scheme or self._scheme, settings.origin)
            self._shared = share_with(request.only("origin"), settings.origin)
            if self._body_size or not asks_how_we_are(request):
                self._check_place()
        except ForwardedError as error:
            self._refuse("400 Bad Request", f"{error}.", about=str(error))
        except HttpError as refused:
            self._refuse(refused.status, refused.text, about=refused.about)
        except NoPlaceError as error:
            self._turn_away(str(error))
        else:
            self._lead(request, rest)

    def _check_place(self) -> None:
        """Whether it has one of the room's, which is its own from now on. Raises NoPlaceError."""
        if self._place.problem:
            raise NoPlaceError(self._place.problem)
        if not self._place.is_somebodys:
            self._place.belong_to(self._peer)

    def _lead(self, request: Head, rest: bytes) -> None:
        """To where the path says."""
        is_stream = request.path == "/events" and request.method == "GET"
        if self._house.is_draining and (is_stream or request.path == "/ws"):
            self._turn_away("draining")
        elif request.path == "/ws":
            self._let_in(request, rest)
        elif is_stream:
            self._stream(request)
        else:
            self._show_site(request, rest)

    @property
    def _proxies(self) -> Networks:
        """Whose fields are believed. A proxy that has said by a header before TLS that it is itself brings nobody."""
        trusted = self._house.settings.trust_proxy
        if self._place.is_somebodys and self._peer == (peer_of(self._transport) or LOCAL)[0]:
            return networks_of(())
        # Who comes by a file is one, whatever is trusted else.
        is_local = self._peer == LOCAL[0] and not self._place.is_somebodys
        return networks_of((*trusted, LOCAL[0]) if is_local else trusted)

    @property
    def _scheme(self) -> str:
        return "http" if self._transport.get_extra_info("sslcontext") is None else "https"

    @property
    def _fields(self) -> list[str]:
        """What every answer to this request has, so that a page which may ask can see it."""
        return [f"{name}: {value}" for name, value in self._shared.items()]

    def _let_in(self, head: Head, rest: bytes) -> None:
        # The library takes bytes over 0x7F for Latin-1, raises for what that does not have, and is slow with long ones.
        fields = [(name, value.encode().decode("latin-1")) for name, value in head.fields if _is_of_handshake(name)]
        if sum(len(value) for _, value in fields) > MAX_HANDSHAKE:
            text = f"The fields of a WebSocket handshake have at most {MAX_HANDSHAKE} bytes."
            self._refuse("431 Request Header Fields Too Large", text)
            return
        request = Request(head.target, Headers(fields), head.method, head.version)
        response, member = shake_hands(self._house, request, self._place, self._peer)
        self._transport.write(response)
        if member is None:
            self._house.metrics.refusals.tell(self._peer, "handshake")
            self._transport.close()
            return
        self._hand_over(member)
        if rest:
            member.data_received(rest)

    def _stream(self, head: Head) -> None:
        try:
            admit(self._house, self._peer, head.first("authorization"))  # to go on at an old position reads the store
        except RefusedError as refused:
            retry = f"Retry-After: {ceil(refused.seconds)}"
            status, field = status_of(refused.code), LOCKED.get(refused.code, retry)
            self._transport.write(refusal(status, words_of(self._house, refused), field, *self._fields))
            self._transport.close()
            return
        query = head.target.partition("?")[2]
        accept, last_id = head.first("accept"), head.first("last-event-id")
        member = StreamMember(
            self._house, self._place, self._peer, accept=accept, last_id=last_id, query=query, fields=self._fields
        )
        self._hand_over(member)

    def _hand_over(self, member: Member) -> None:
        self._house.deadlines.forget(self)
        hand_over(self._transport, member)

    def _show_site(self, request: Head, rest: bytes) -> None:
        if request.path.count("/") > MAX_SEGMENTS:
            self._refuse("404 Not Found", "There is no such page.")
            return
        deadlines = self._house.deadlines
        deadlines.forget(self)
        deadlines.wake_at(self, deadlines.now() + VISIT_SECONDS)
        self._visit = Visit(self._site, self._transport, self._peer, self._body_size)
        self._visit.ask(request.encode(), rest)

    def _turn_away(self, problem: str) -> None:
        self._refuse(status_of(problem), self._house.phrases(problem), problem)

    def _refuse(self, status: str, text: str, reason: str = "", about: str = "") -> None:
        self._house.metrics.refusals.tell(self._peer, reason or f"http-{status[:3]}", about)
        self._transport.write(refusal(status, text, *self._fields))
        self._transport.close()


def _is_of_handshake(name: str) -> bool:
    """RFC 6455, section 4.2.1, and its extensions; Host and Origin have been looked at."""
    return name in ("upgrade", "connection") or name.startswith("sec-websocket-")
