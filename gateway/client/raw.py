"""A link by the raw wire: a gateway's, or any server's that speaks only what the post has.

The post's own server does not end its messages: what stays without an end for PAUSE seconds is shown as it is.
"""

import asyncio
import ssl
import time
from contextlib import suppress

from .address import STRANGER, ChatError
from .dead import is_dead, watch
from .framing import MARK, MARK_ANSWER
from .greeting import GREETING
from .link import OPEN_SECONDS, Link
from .raw_session import RawSession
from .road import connect
from .stranger import what_is_there
from .tls import refusal

PAUSE = 0.3
GREETING_SECONDS = 2.0
"""Seconds to wait for a greeting before asking what that server is."""

DOOR_SECONDS = 1.0
"""To wait for an answer of what may be the post's server, which gives none."""

CHUNK = 2**16


class RawLink(Link):
    """A room by TCP, and TLS if there is a context for it."""

    session: RawSession

    def __init__(self, session: RawSession, context: ssl.SSLContext | None = None) -> None:
        super().__init__(session)
        self._context = context
        self._writer: asyncio.StreamWriter | None = None
        self._ended = asyncio.Event()
        self._knows_marks: bool | None = None  # who answers there

    async def finish(self) -> None:
        """See Link."""
        mark = self.session.finish(time.monotonic())
        if self._writer is not None:
            with suppress(OSError):
                self._writer.write(mark)
                await self._end_writing(self._writer)
            await self._ended.wait()
        if self.session.ledger.unstored:
            self.session.judge(is_gateway=not self.session.may_be_the_posts or await self._is_marking() is not False)

    async def _end_writing(self, writer: asyncio.StreamWriter) -> None:
        """By TLS both sides end at once: so not before the room has said its word."""
        if writer.can_write_eof():
            writer.write_eof()
            return
        while self.session.ledger.is_unsure and not self._ended.is_set():
            await self._change()
        writer.close()

    async def close(self) -> None:
        """See Link."""
        self.session.is_over = True
        if self._writer is not None:
            self._writer.close()

    # --- a visit --------------------------------------------------------------------------------------------------

    async def _visit(self) -> None:
        reader, self._writer = await self._open()
        watch(self._writer)
        self._ended.clear()
        self.session.opened(time.monotonic())
        try:
            await self._converse(reader)
        finally:
            self.session.closed()
            writer, self._writer = self._writer, None
            writer.close()
            self._ended.set()
            self._changed.set()

    async def _converse(self, reader: asyncio.StreamReader) -> None:
        talking = asyncio.create_task(self._talk())
        try:
            await self._listen(reader)
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection. Raises OSError, and ChatError if it will never be one."""
        address = self.session.address
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                return await connect(address, self._context)
        except ssl.SSLError as error:
            if self.session.was_in and not isinstance(error, ssl.SSLCertVerificationError):
                raise
            raise await self._refusal(error) from error

    async def _refusal(self, error: ssl.SSLError) -> ChatError:
        address = self.session.address
        if not isinstance(error, ssl.SSLCertVerificationError) and (what := await what_is_there(address)):
            return ChatError(f"{address}: no room greets there: {what}", STRANGER)
        return refusal(address, error)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        async with asyncio.timeout(OPEN_SECONDS):
            await self._be_greeted(reader)
        if self.session.has_no_question:
            self.session.found(is_gateway=await self._is_marking() is True)
            self._changed.set()
        await self._be_let_in(reader)
        while True:
            await self._take(reader)

    async def _be_greeted(self, reader: asyncio.StreamReader) -> None:
        greeted = asyncio.create_task(self._until_greeted(reader))
        try:
            await asyncio.wait({greeted}, timeout=GREETING_SECONDS)
            if not (greeted.done() or self.session.was_in) and (what := await what_is_there(self.session.address)):
                raise ChatError(f"{self.session.address}: no room greets there: {what}", STRANGER)
            await greeted
        finally:
            greeted.cancel()
            await asyncio.gather(greeted, return_exceptions=True)

    async def _be_let_in(self, reader: asyncio.StreamReader) -> None:
        try:
            async with asyncio.timeout(OPEN_SECONDS if self.session.is_sure_of_an_answer else DOOR_SECONDS) as waiting:
                while self.session.is_at_the_door:
                    await self._take(reader)
        except TimeoutError:
            if self.session.has_password or not waiting.expired():
                raise
            self.session.unanswered()
            self._changed.set()

    async def _until_greeted(self, reader: asyncio.StreamReader) -> None:
        while not self.session.is_greeted:
            await self._take(reader)

    async def _take(self, reader: asyncio.StreamReader) -> None:
        """Take what comes next, or that nothing did for a while."""
        await self._takes.wait()
        try:
            async with asyncio.timeout(PAUSE if self.session.has_unended else None) as pause:
                data = await reader.read(CHUNK)
        except TimeoutError:
            if not pause.expired():  # the kernel has given the connection up
                raise
            self.session.paused()
        else:
            self.session.feed(data, time.monotonic())
        self._changed.set()
        await asyncio.sleep(0)  # others have their turn, however much comes

    async def _write(self, data: bytes) -> None:
        if self._writer is not None:
            self._writer.write(data)
            await self._writer.drain()

    def _abort(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()

    def _is_dead(self) -> bool:
        return self._writer is not None and is_dead(self._writer)

    async def _is_marking(self) -> bool | None:
        """Whether those who answer there know the mark, on a connection of its own; None if nobody answers now."""
        if self._knows_marks is None:
            try:
                async with asyncio.timeout(OPEN_SECONDS):
                    self._knows_marks = await self._has_marked()
            except (OSError, ChatError):
                pass
        return self._knows_marks

    async def _has_marked(self) -> bool | None:
        """The same, asked anew. Raises OSError, ChatError."""
        reader, writer = await self._open()
        heard = b""
        try:
            async with asyncio.timeout(GREETING_SECONDS):
                while b"\n\n" not in heard and len(heard) < CHUNK and (more := await reader.read(1024)):
                    heard += more
                writer.write(MARK)
                while MARK_ANSWER not in heard and len(heard) < CHUNK and (more := await reader.read(1024)):
                    heard += more
        except TimeoutError:
            return False if heard.startswith(GREETING.encode()) else None
        finally:
            writer.close()
        return True if MARK_ANSWER in heard else None
