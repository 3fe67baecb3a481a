"""A link that goes nowhere, and keeps what it was asked for."""

import asyncio

from gateway.client.address import Address
from gateway.client.json_session import JsonSession
from gateway.client.link import Link
from gateway.client.session import Hear


class Recorder(Link):
    """By chat.v1.json. Nothing is ever acked, unless it `acks` at once."""

    session: JsonSession

    def __init__(self, hear: Hear, *, acks: bool = False) -> None:
        super().__init__(JsonSession(Address("127.0.0.1", 1), hear, name="", password="", patience=0))
        self.said: list[str] = []
        self.commands: list[str] = []
        self.asked: list[tuple[str, int]] = []
        self.is_closed = False
        self._acks = acks

    async def say(self, text: str, number: int = 0, kind: str = "", re: int = 0) -> None:
        """See Link."""
        self.said.append(text)
        await super().say(text, number, kind, re)
        if self._acks:
            self.ack()

    def ack(self) -> None:
        """The oldest is in the log."""
        self.session.take(f'{{"type":"ack","id":"{self.session.ledger.pending[0].id}","seq":1}}', 0)
        self._changed.set()

    def command(self, text: str) -> None:
        """See Link."""
        self.commands.append(text)

    def delete(self, seq: int) -> bool:
        """See Link."""
        self.asked.append(("delete", seq))
        return self.session.is_in

    def ask_who(self) -> bool:
        """See Link."""
        self.asked.append(("who", 0))
        return True

    def ask_older(self, before: int, limit: int) -> bool:
        """See Link."""
        self.asked.append(("older", before))
        return self.session.is_in

    async def close(self) -> None:
        """See Link."""
        self.is_closed = True

    finish = close

    async def _visit(self) -> None:
        await asyncio.Event().wait()

    async def _write(self, data: bytes) -> None:
        raise AssertionError(data)

    def _abort(self) -> None:
        raise AssertionError
