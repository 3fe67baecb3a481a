"""A link by the raw wire: a gateway's, or any server's that speaks only what the post has.

There are no acks here, but a gateway answers telnet's timing mark once all before it is in the log (docs/protocol.md).
The post's own server does not know it, and can't bear more text behind it; nor does it end its messages: so what stays
without an end for PAUSE seconds is shown as it is.

1. Nothing MUST be said before the room has greeted, and, where a password is given, before it has let us in.
2. What was said counts as unsure until a mark behind it is answered; a pipe MUST NOT succeed with anything unsure.
3. Nothing but the end MUST come behind a mark, unless it is known by an answer that it is a gateway.
"""

import asyncio
import re
import time
from array import array
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress

from ..controls import clean
from ..vocabulary import escaped
from . import told
from .address import LOST, REFUSED, STRANGER, Address, ChatError
from .dead import is_dead, watch
from .link import OPEN_SECONDS, Hear, Link
from .notices import NOT_SAID, meaning_of
from .stranger import what_is_there

PAUSE = 0.3
MAX_UNENDED = 2**22
"""Bytes that are kept for the end of a message; it is shown in pieces, if it is longer."""

GREETING_SECONDS = 2.0
"""So long we wait for a greeting before we ask what that is."""

BEAT_SECONDS = 5.0
QUIET_SECONDS, PATIENCE_SECONDS = 15.0, 10.0
"""Without a word from either side, and for an answer."""

MARK, MARK_ANSWER = b"\xff\xfd\x06", b"\xff\xfc\x06"
"""RFC 860: IAC DO TIMING-MARK, and IAC WONT TIMING-MARK."""

_GREETING = "你已连接到服务器"
_HEAD = re.compile(r"来自(.*?)的消息:(.*)", re.DOTALL)
_BLANK_LINES = re.compile("\n\n+")
_END = re.compile(rb"\n\n|" + MARK_ANSWER)
_HALF_MARKS = (MARK_ANSWER[:1], MARK_ANSWER[:2])
_SIZE_BITS = 24


class RawLink(Link):
    """A room by TCP."""

    def __init__(self, address: Address, hear: Hear, *, name: str, password: str, patience: float) -> None:
        super().__init__(address, hear, name=name, password=password, patience=patience)
        self.label = ""  # until the room says so
        self._writer: asyncio.StreamWriter | None = None
        self._ended = asyncio.Event()
        self._is_finishing = False
        self._is_outside = True  # the room wants a password first
        self._typed_password = ""
        self._is_gateway = False  # it has said what only a gateway says
        self._is_held = False  # it can't store what we said
        self._unsure = array("Q")  # of what was said on this connection: number, size
        self._judged = 0  # of these, how many are known not to be the one that was too long
        self._lost = 0  # of what was said on connections before
        self._marked_at: float | None = None
        self._moved_at = 0.0  # when something was sent or came

    async def command(self, text: str) -> None:
        """Ask the server: commands are messages here."""
        if text.startswith("/pass "):
            self._typed_password = text.removeprefix("/pass ").strip()
        await self._write(text)

    async def finish(self) -> None:
        """Say no more; wait for the room's word that all is in its log, and for what it owes. Raises ChatError."""
        self._is_finishing = True
        unsure = len(self._unsure)
        if self._writer is not None:
            with suppress(OSError):
                if unsure:
                    self._mark(self._writer)
                self._writer.write_eof()
            await self._ended.wait()
        may_be_posts = not self._is_gateway and self._lost == unsure
        if self._lost and not (may_be_posts and not await self._is_marking()):
            raise ChatError(
                f"{self.address}: it closed before it had said that all is stored; "
                f"as many as {self._lost} may not have been said",
                LOST,
            )

    async def close(self) -> None:
        """Leave."""
        self.is_closed = True
        if self._writer is not None:
            self._writer.close()

    def _is_over(self) -> bool:
        return self.is_closed or self._is_finishing

    # --- a visit --------------------------------------------------------------------------------------------------

    async def _visit(self) -> None:
        async with asyncio.timeout(OPEN_SECONDS):
            reader, self._writer = await asyncio.open_connection(self.address.host, self.address.port)
        watch(self._writer)
        self._ended.clear()
        self._is_outside, self._is_held, self._marked_at = True, False, None
        helpers = [asyncio.create_task(self._send()), asyncio.create_task(self._beat())]
        try:
            async with aclosing(_texts(reader, self._came)) as texts:
                await self._read(texts)
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
            self._lost += len(self._unsure)
            del self._unsure[:]
            self._judged = 0
            writer, self._writer = self._writer, None
            writer.close()
            self._ended.set()

    async def _read(self, texts: AsyncIterator[str]) -> None:
        self._greeted(await self._first(texts))
        if self._password:
            await self._write(f"/pass {self._password}")
            async with asyncio.timeout(OPEN_SECONDS):
                while self._is_outside:
                    await self._take(await anext(texts, None))
        else:
            await self._come_in()
        async for text in texts:
            await self._take(text)

    async def _first(self, texts: AsyncIterator[str]) -> str:
        """What it says first."""
        first = asyncio.create_task(_next(texts))
        try:
            await asyncio.wait({first}, timeout=GREETING_SECONDS)
            if not (first.done() or self._was_in) and (what := await what_is_there(self.address)):
                raise ChatError(f"{self.address}: no room greets there: {what}", STRANGER)
            async with asyncio.timeout(OPEN_SECONDS):
                return await first
        finally:
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)

    def _greeted(self, text: str) -> None:
        """Judge what should be the greeting. Raises OSError, ChatError."""
        if text.startswith(_GREETING):
            self._hear(told.Notice(text, "greeting"))
        elif not text:
            raise ConnectionError("closed without a greeting: no room is there, or what stands before it reaches none")
        elif text.startswith("* "):  # the room is full
            raise ConnectionError(text.removeprefix("* "))
        elif self._was_in:
            raise ConnectionError("no room greets there")
        else:
            is_web = text.startswith("HTTP/")
            raise ChatError(f"{self.address}: no chat room answers there{', but a web server' * is_web}", STRANGER)

    async def _come_in(self) -> None:
        self._is_outside = False
        if self.name:
            await self._write(f"/name {self.name}")
        if not self.is_connected:
            self._entered()
        self._moved.set()

    # --- what comes -----------------------------------------------------------------------------------------------

    def _came(self, *, is_mark: bool) -> None:
        self._moved_at = time.monotonic()
        if is_mark and self._marked_at is not None:
            self._is_gateway, self._marked_at, self._judged = True, None, 0
            del self._unsure[:]

    async def _take(self, text: str | None) -> None:
        if text is None:
            raise ConnectionError("closed")
        if found := _HEAD.fullmatch(text):
            self._hear(told.Message(found[1], found[2]))
            return
        code, detail = meaning_of(text)
        self._is_gateway = self._is_gateway or bool(code)
        shown = text.removeprefix("* ")
        if code in NOT_SAID:
            self._hear(told.Error(code, shown, self._too_long(int(detail)) if code == "too-long" else ""))
        elif code == "welcome-name":
            self.name = self.label = detail
            self._hear(told.Named(detail))
        elif code.startswith("password"):
            await self._hear_of_password(code, shown)
        elif code == "you-are-banned":
            raise ChatError(f"{self.address}: {shown}", REFUSED)
        else:
            self._is_held = code == "store-failed" or (self._is_held and code != "store-back")
            self._hear(told.Notice(shown, code))

    async def _hear_of_password(self, code: str, shown: str) -> None:
        is_asked_for = self._is_outside and bool(self._password) and not self.is_connected
        if code == "password-right":
            self._password = self._typed_password or self._password
            await self._come_in()
        elif code == "password-needed":
            self._is_outside = True
        elif is_asked_for:
            raise ChatError(f"{self.address}: {'wrong password' if code == 'password-wrong' else shown}", REFUSED)
        if not is_asked_for:
            self._hear(told.Notice(shown, code))

    def _too_long(self, most: int) -> str:
        """The number of the next that is longer than that."""
        for index in range(self._judged, len(self._unsure)):
            self._judged = index + 1
            if self._unsure[index] & (1 << _SIZE_BITS) - 1 > most:
                return str(self._unsure[index] >> _SIZE_BITS)
        return ""

    # --- what goes ------------------------------------------------------------------------------------------------

    async def _send(self) -> None:
        while True:
            while self.is_connected and not self._is_outside and self.pending:
                number, text, _ = self.pending[0]
                sent = await self._write(_as_text(text))
                if not sent:
                    return
                self._unsure.append(int(number) << _SIZE_BITS | min(sent, (1 << _SIZE_BITS) - 1))
                self._acked()
                self._hear(told.Message(self.label or "you", text, via="own"))
            await self._wait()

    async def _write(self, text: str) -> int:
        """Write a message; its size in bytes, or 0 if there was nobody to write it to."""
        if self._writer is None:
            return 0
        # An empty line ends a message on this wire; outer line ends are none of it.
        data = _BLANK_LINES.sub("\n", text.strip("\r\n")).encode()
        self._writer.write(data + b"\n\n")
        self._moved_at = time.monotonic()
        try:
            await self._writer.drain()
        except OSError:
            return 0
        return len(data)

    def _mark(self, writer: asyncio.StreamWriter) -> None:
        writer.write(MARK)
        self._marked_at = self._moved_at = time.monotonic()

    async def _beat(self) -> None:
        """Leave a path that is dead. Whether a gateway is there is asked when all is quiet: else it may be held."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            if (writer := self._writer) is None:
                return
            now = time.monotonic()
            is_asked = self._marked_at is not None and not self._is_finishing
            if is_dead(writer) or (is_asked and now > self._moved_at + PATIENCE_SECONDS and not self._is_held):
                writer.transport.abort()
            elif self._may_ask and now > self._moved_at + QUIET_SECONDS:
                self._mark(writer)

    @property
    def _may_ask(self) -> bool:
        return self._is_gateway and not (self._is_over() or self._marked_at or self.pending or self._is_held)

    async def _is_marking(self) -> bool:
        """Whether those who answer there now know the mark, or nobody answers: then it was a gateway that closed."""
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                reader, writer = await asyncio.open_connection(self.address.host, self.address.port)
        except OSError:
            return True
        heard = b""
        try:
            async with asyncio.timeout(GREETING_SECONDS):
                while b"\n\n" not in heard and (more := await reader.read(1024)):
                    heard += more
                writer.write(MARK)
                while MARK_ANSWER not in heard and (more := await reader.read(1024)):
                    heard += more
        except TimeoutError:
            return not heard.startswith(_GREETING.encode())
        except OSError:
            return True
        finally:
            writer.close()
        return True


def _as_text(text: str) -> str:
    """By what this text is said, and not obeyed: with one slash more, if the server would read it as a command's."""
    read = clean(text).strip("\n")
    said = escaped(read)
    return text if said == read else said


async def _next(texts: AsyncIterator[str]) -> str:
    return await anext(texts, "")


async def _texts(reader: asyncio.StreamReader, came: Callable[..., None]) -> AsyncGenerator[str]:
    """What it says, message by message, until it closes; `came` is told of all that comes, marks in their place."""
    data = bytearray()
    while True:
        try:
            async with asyncio.timeout(PAUSE if data else None):
                more = await reader.read(65536)
        except TimeoutError:
            more = None
        start = max(0, len(data) - 2)
        data += more or b""
        came(is_mark=False)
        while found := _END.search(data, start):
            if text := _text(data[: found.start()]):
                yield text
            if found[0] == MARK_ANSWER:
                came(is_mark=True)
            del data[: found.end()]
            start = 0
        # After a pause, or at the end, what there is has to be whole; or it is half of a mark.
        if more == b"" or len(data) > MAX_UNENDED or (more is None and not data.endswith(_HALF_MARKS)):
            if text := _text(data):
                yield text
            data.clear()
        if more == b"":
            return
        await asyncio.sleep(0)  # others have their turn, however much comes


def _text(data: bytearray) -> str:
    return data.decode(errors="replace").strip("\n")
