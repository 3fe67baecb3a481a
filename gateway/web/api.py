"""Plain requests to the web port, for curl and scripts: say something, read the log. See openapi.

1. A message is answered for only when the log has it; if that takes too long, asking again with the same
   Idempotency-Key says it once.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from weakref import WeakValueDictionary

import msgspec
from aiohttp import web

from ..guard.gate import crowd_of
from ..members.house import House
from ..messages import MAX_SEQ, Message, clean_text
from ..refusals import RefusedError
from ..room.finding import Query
from ..room.pages import STEP, newest, oldest
from ..room.retraction import Retraction
from ..searches import day_or_time
from ..stores import StoreError
from ..wires.bodies import ends_in, found_json, page_json
from ..wires.events import MAX_HISTORY, Find, Say
from .admission import LOCKED, admit, admit_operator, status_of, words_of
from .openapi import DESCRIPTION
from .said import said_by
from .visitor import STORE_SECONDS, VISITOR, Visitor, has_left, lane_of_request

PAGE_BYTES = 1024 * 1024

FOUND_BYTES = 256 * 1024
"""Of what is found: it is kept for as long as the search takes."""

PIECE = 64 * 1024

READ = web.RequestKey("read", list[Message])
"""What a request was answered with."""

_FOUND_BY = {"q", "from"}
"""What makes a request for messages a search."""

READINGS = 2
"""Pages that are made at once: each takes about three times PAGE_BYTES meanwhile."""

UNREAD_ANSWERS = 32
"""Pages that are on their way and not taken: past these, the oldest of the address that has most is cut off."""

ANSWER_SHARE = 8
"""Bytes of a page that count as one byte of input: to read a page costs about an eighth of parsing as much."""


class _Answer(msgspec.Struct):
    epoch: str
    seq: int


class _Recipient:
    """Whom an answer is sent to, of which `written` bytes are with the transport; `ends`: where each message does."""

    def __init__(self, transport: asyncio.Transport, ends: Mapping[int, int]) -> None:
        self._transport = transport
        self._ends = ends
        self.written = 0

    def has_untaken(self, gone: Sequence[int]) -> bool:
        """See Recipient."""
        taken = self.written - self._transport.get_write_buffer_size()
        return any(self._ends.get(seq, 0) > taken for seq in gone)

    def be_cut_off(self) -> None:
        """See Recipient."""
        self._transport.abort()

    fail = cut = be_cut_off


class Api:
    """The requests of a gateway's web port."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._readings = asyncio.Semaphore(READINGS)
        self._one_each: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # by lane
        self._unread: dict[asyncio.Transport, str] = {}  # whose each is, the oldest first

    def add_to(self, site: web.Application) -> None:
        """Answer them on this site."""
        site.router.add_post("/say", self.say)
        site.router.add_get("/messages", self.messages)
        site.router.add_delete("/messages/{seq}", self.delete)
        site.router.add_get("/openapi.json", self.describe)

    async def say(self, request: web.Request) -> web.StreamResponse:
        """Say something, and answer when it is in the log."""
        return await self._answer(self._say, request)

    async def messages(self, request: web.Request) -> web.StreamResponse:
        """The messages after a seq, or the last ones; or those that hold some words, or are somebody's."""
        return await self._send(request, await self.read(request))

    async def read(self, request: web.Request) -> web.Response:
        """The answer to that, before any of it is sent."""
        # A crowd waits for itself, and each of it pays for the one before: one of each lane is in the line.
        async with self._one_each.setdefault(lane_of_request(request), asyncio.Lock()):
            return await self._answer(self._messages if _FOUND_BY.isdisjoint(request.query) else self._found, request)

    async def delete(self, request: web.Request) -> web.StreamResponse:
        """Take a message back, and answer when that is in the log."""
        return await self._answer(self._delete, request, admit_operator)

    async def describe(self, request: web.Request) -> web.StreamResponse:
        """The OpenAPI description."""
        return _json(msgspec.json.encode(DESCRIPTION))

    # --- one request ----------------------------------------------------------------------------------------------

    async def _answer(
        self,
        answer: Callable[[web.Request], Awaitable[bytes]],
        request: web.Request,
        admit: Callable[[House, str, str], None] = admit,
    ) -> web.Response:
        try:
            self._house.moderation.check_ban(VISITOR.get(), "")
            admit(self._house, VISITOR.get(), request.headers.get("Authorization", ""))
            return _json(await answer(request))
        except RefusedError as refused:
            return self._refusal(refused)
        except StoreError as error:
            return self._refusal(RefusedError("store-unreadable", error.cause, 1))

    async def _say(self, request: web.Request) -> bytes:
        text, name, key = await said_by(self._house, request)
        seq = await Visitor(self._house, request, name).say(Say(text, id=key))
        return msgspec.json.encode(_Answer(self._house.room.store.epoch, seq))

    async def _delete(self, request: web.Request) -> bytes:
        text = request.match_info["seq"]
        if not 0 < (seq := _number_in(text, "seq", MAX_SEQ + 1)) <= MAX_SEQ:
            raise RefusedError("no-such-message", text)
        room = self._house.room
        try:
            async with asyncio.timeout(STORE_SECONDS):
                visitor = Visitor(self._house, request, None)
                entry = await Retraction(self._house.moderation, visitor).message(seq, may_any=True)
        except TimeoutError as error:
            raise RefusedError("store-failed", "too slow", 1) from error
        return msgspec.json.encode(_Answer(room.store.epoch, entry))

    async def _messages(self, request: web.Request) -> bytes:
        store = self._house.room.store
        limit = _number(request, "limit", 50, MAX_HISTORY)
        after = _number(request, "after", 0, 2**53) if "after" in request.query else None
        step = max(1, min(STEP, PAGE_BYTES // self._house.settings.max_text))
        async with self._readings:
            if has_left(request):
                raise ConnectionResetError("the client has left")
            if after is None:
                page = await newest(self._house.room.past, store.head + 1, limit, PAGE_BYTES, step)
            else:
                page = await oldest(self._house.room.past, after, limit, PAGE_BYTES, step)
            messages = self._house.room.past.left(page.messages)
            text = page_json(messages, more=page.more)
            request[READ] = messages
        now = self._house.deadlines.now()
        self._house.meters.visitor(VISITOR.get(), now).take_bytes(len(text) // ANSWER_SHARE, now)
        return _of_log(text, store.epoch)

    async def _found(self, request: web.Request) -> bytes:
        house, fields = self._house, request.query
        wanted = Find(
            clean_text(fields.get("q", "")), _number(request, "limit", 50, MAX_HISTORY),
            clean_text(fields.get("from", "")), _day(request, "since"), _day(request, "until"),
            _number(request, "before", 0, 2**53) if "before" in fields else None,
        )  # fmt: skip

        def is_here() -> bool:
            return request.transport is not None and not request.transport.is_closing()

        visitor = VISITOR.get()  # a slice is counted where it is looked at, which is in no request

        def count(size: int) -> None:
            now = house.deadlines.now()
            house.meters.visitor(visitor, now).take_bytes(size, now)

        query = Query.of(wanted, house.room.past.head)
        found = await house.room.finder.search(query, lane_of_request(request), is_here, count, FOUND_BYTES)
        text = found_json(found)
        request[READ] = list(found.messages)
        count(len(text) // ANSWER_SHARE)
        return _of_log(text, house.room.store.epoch)

    async def _send(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        """Send an answer that may be large a piece at a time, as it is taken; it is here for as long as it is not."""
        if (transport := request.transport) is None or not isinstance(body := answer.body, bytes):
            return answer
        response = web.StreamResponse(status=answer.status, headers=answer.headers)
        response.content_length = len(body)
        pieces = range(0, 0 if request.method == "HEAD" else len(body), PIECE)
        reader = _Recipient(transport, ends_in(body, request.get(READ, [])) if pieces else {})
        self._house.unread.note(transport, reader)
        self._unread[transport] = crowd_of(VISITOR.get())
        if len(self._unread) > UNREAD_ANSWERS:
            ((busiest, _),) = Counter(self._unread.values()).most_common(1)
            next(each for each, group in self._unread.items() if group == busiest).abort()
        try:
            await response.prepare(request)
            for at in pieces:
                reader.written = min(at + PIECE, len(body))
                await response.write(body[at : at + PIECE])
        except ConnectionError:
            pass  # its visitor has gone, or was cut off
        finally:
            del self._unread[transport]
        return response

    def _refusal(self, refused: RefusedError) -> web.Response:
        body = msgspec.json.encode({"code": refused.code, "message": words_of(self._house, refused)})
        response = _json(body, int(status_of(refused.code)[:3]))
        if field := LOCKED.get(refused.code):  # the lock has told of it
            name, _, value = field.partition(": ")
            response.headers[name] = value
            return response
        self._house.metrics.refusals.tell(VISITOR.get(), refused.code)
        if refused.seconds:
            response.headers["Retry-After"] = str(max(1, round(refused.seconds)))
        return response


def _of_log(event: bytes, epoch: str) -> bytes:
    """An event of chat.v1.json, and of which log it is."""
    return event[:-1] + b',"epoch":' + msgspec.json.encode(epoch) + b"}"


def _day(request: web.Request, name: str) -> date | None:
    if not (text := request.query.get(name)):
        return None
    try:
        return day_or_time(text)
    except ValueError as error:
        raise RefusedError("bad-day", name) from error


def _number(request: web.Request, name: str, default: int, most: int) -> int:
    return _number_in(request.query.get(name, str(default)), name, most)


def _number_in(text: str, name: str, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 17):
        raise RefusedError("bad-number", name)
    return min(int(text), most)


def _json(body: bytes, status: int = 200) -> web.Response:
    return web.Response(status=status, body=body + b"\n", content_type="application/json")
