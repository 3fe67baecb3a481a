"""A link by the raw wire: a gateway's, or any server's that speaks only what the post has.

There are no acks here: what is written counts as said, and at the end of input the server's closing does. The post's
own server ends no message; so what stays without an end for PAUSE seconds is shown as it is.
"""

import asyncio
import re
from contextlib import suppress

from . import told
from .address import STRANGER, Address, ChatError
from .link import OPEN_SECONDS, Hear, Link

PAUSE = 0.3
MAX_UNENDED = 2**22
"""Bytes that are kept for the end of a message; it is shown in pieces, if it is longer."""

_GREETING = "你已连接到服务器"
_HEAD = re.compile(r"来自(.*?)的消息:(.*)", re.DOTALL)
_LIKE_A_COMMAND = re.compile(r"//?[^\W\d_]+(\s|$)")
_BLANK_LINES = re.compile("\n\n+")


class RawLink(Link):
    """A room by TCP."""

    def __init__(self, address: Address, hear: Hear, *, name: str, password: str, patience: float) -> None:
        super().__init__(address, hear, name=name, password=password, patience=patience)
        self._writer: asyncio.StreamWriter | None = None
        self._ended = asyncio.Event()

    async def command(self, text: str) -> None:
        """Ask the server: commands are messages here."""
        if text.startswith("/name "):
            self.name = text.removeprefix("/name ").strip()
        await self._write(text)

    async def finish(self) -> None:
        """Say no more, and wait until the server, which has got all of it, closes."""
        self.is_closed = True
        if self._writer is not None and self._writer.can_write_eof():
            with suppress(OSError):
                self._writer.write_eof()
            await self._ended.wait()

    async def close(self) -> None:
        """Leave."""
        self.is_closed = True
        if self._writer is not None:
            self._writer.close()

    async def _visit(self) -> None:
        async with asyncio.timeout(OPEN_SECONDS):
            reader, self._writer = await asyncio.open_connection(self.address.host, self.address.port)
        sender = asyncio.create_task(self._send())
        try:
            await self._greet()
            await self._read(reader)
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            writer, self._writer = self._writer, None
            writer.close()
            self._ended.set()

    async def _greet(self) -> None:
        if self._password:
            await self._write(f"/pass {self._password}")
        if self.name:
            await self._write(f"/name {self.name}")
        self._entered()
        self._moved.set()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Until the server closes."""
        data = bytearray()
        while True:
            try:
                async with asyncio.timeout(PAUSE if data else None):
                    more = await reader.read(65536)
            except TimeoutError:
                more = None
            start = max(0, len(data) - 1)
            data += more or b""
            while (end := data.find(b"\n\n", start)) >= 0:
                self._take(bytes(data[:end]))
                del data[: end + 2]
                start = 0
            if not more or len(data) > MAX_UNENDED:  # a pause, or the end: what there is has to be whole
                self._take(bytes(data))
                data.clear()
            if more == b"":
                return
            await asyncio.sleep(0)  # others have their turn, however much comes

    def _take(self, data: bytes) -> None:
        text = data.decode(errors="replace").strip("\n")
        if not text:
            return
        if text.startswith(("HTTP/", "SSH-", "220 ")):
            raise ChatError(f"{self.address}: no chat room answers there", STRANGER)
        if found := _HEAD.fullmatch(text):
            self._hear(told.Message(found[1], found[2]))
        else:
            self._hear(told.Notice(text.removeprefix("* "), self._code_of(text)))

    def _code_of(self, text: str) -> str:
        """What a notice is about, as far as that matters."""
        if text.startswith(_GREETING):
            return "greeting"
        return "name" if self.name and text.endswith(f" {self.name}") else ""

    async def _send(self) -> None:
        while True:
            while self.is_connected and self.pending:
                text = self.pending[0][1]
                # A text is no command: the second slash says so, and is not said.
                if not await self._write(f"/{text}" if _LIKE_A_COMMAND.match(text) else text):
                    return
                self._acked()
                self._hear(told.Message(self.name or "you", text, via="own"))
            await self._wait()

    async def _write(self, text: str) -> bool:
        """Write a message; whether there was somebody to write it to."""
        if self._writer is None:
            return False
        # An empty line ends a message on this wire; outer line ends are none of it.
        self._writer.write(_BLANK_LINES.sub("\n", text.strip("\r\n")).encode() + b"\n\n")
        try:
            await self._writer.drain()
        except OSError:
            return False
        return True
