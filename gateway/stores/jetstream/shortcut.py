"""nats-py's client, with a shorter way for messages that come and go by the thousand.

nats-py checks each header's name letter by letter, makes a dict of them and a Msg, and passes that through a queue and
a task: two thirds of what hearing a message cost, and a good part of saying one. The shorter way hands over what came
as it is, at once, and takes what goes as it will be on the wire. It leans on three things that nats-py keeps to itself,
so its version is pinned, and tests/stores/test_shortcut.py holds it against the long way.
"""

from collections.abc import Callable, Iterable

from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.errors import MaxPayloadError

Take = Callable[[bytes, bytes, bytes], None]
"""What is called with a message's reply subject, its headers as they came, and its data."""

_VERSION = b"NATS/1.0"
_STATUS = ord(" ")


class ShortcutClient(Client):
    """See above."""

    def __init__(self) -> None:
        super().__init__()
        self._takers: dict[int, Take] = {}

    def short_cut(self, subscription: Subscription, take: Take) -> None:
        """Give what comes to `take`, but for what tells a status: that goes to the subscription's callback as ever."""
        self._takers[subscription._id] = take

    def forget(self, subscription: Subscription) -> None:
        """It is at its end."""
        self._takers.pop(subscription._id, None)

    async def publish_all(self, subject: str, messages: Iterable[tuple[bytes, bytes]]) -> None:
        """Publish headers, as they are on the wire, and data; all goes out with the next that is published.

        Raises MaxPayloadError: a server that is sent more than it takes ends the connection.
        """
        name = subject.encode()
        for headers, data in messages:
            size = len(headers)
            if size + len(data) > self.max_payload:
                raise MaxPayloadError
            await self._send_command(b"HPUB %b %d %d\r\n%b%b\r\n" % (name, size, size + len(data), headers, data))

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        take = self._takers.get(sid)
        if take is None or (headers and headers[len(_VERSION)] == _STATUS):
            await super()._process_msg(sid, subject, reply, data, headers)
        else:
            take(reply, headers or b"", data)
