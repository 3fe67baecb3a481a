"""nats-py's client, with a shorter way for messages that come and go by the thousand.

nats-py checks each header's name letter by letter, makes a dict of them and a Msg, and passes that through a queue and
a task: two thirds of what hearing a message cost, and a good part of saying one. The shorter way hands over what came
as it is, at once, and takes what goes as it will be on the wire. It leans on four things that nats-py keeps to itself,
so its version is pinned, and tests/stores/jetstream/test_shortcut.py holds it against the long way.

1. Nothing that comes MUST raise here: that ends nats-py's reading, which then seems to be well and hears nothing. So
   whoever may publish could stop all gateways, and with one record for good.
"""

from collections.abc import Callable, Iterable

from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.errors import MaxPayloadError

from ...logs import rationed

Take = Callable[[bytes, bytes, bytes], None]
"""What is called with a message's reply subject, its headers as they came, and its data."""

_STATUS = b"NATS/1.0 "
_DELIVERED = b"$JS.ACK."

log = rationed("gateway.nats.client")


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
        if take is not None and (reply.startswith(_DELIVERED) or not (headers or b"").startswith(_STATUS)):
            take(reply, headers or b"", data)
            return
        try:
            await super()._process_msg(sid, _readable(subject), _readable(reply), data, headers)
        except (ValueError, LookupError, TypeError) as error:
            log.warning("what came on %s can't be read, and is passed over: %s", ascii(subject[:64]), error)

    async def _process_headers(self, headers: bytes) -> dict[str, str] | None:
        try:
            return await super()._process_headers(headers)
        except (ValueError, LookupError):  # who reads the message finds that it is no record
            return None


def _readable(text: bytes) -> bytes:
    return text if text.isascii() else text.decode(errors="replace").encode()
