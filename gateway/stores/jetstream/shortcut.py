"""nats-py's client, with a shorter way for messages that come and go by the thousand.

nats-py checks each header's name letter by letter, makes a dict of them and a Msg, and passes that through a queue and
a task: two thirds of what hearing a message cost, and a good part of saying one. The shorter way hands over what came
as it is, at once, and takes what goes as it will be on the wire. It leans on six things that nats-py keeps to itself,
so its version is pinned, and tests/stores/jetstream/test_shortcut.py holds it against the long way.

1. Nothing that comes MUST raise here: that ends nats-py's reading, which then seems to be well and hears nothing. So
   whoever may publish could stop all gateways, and with one record for good.
2. Headers MUST NOT be parsed, on the longer way either: others wrote them. A megabyte of fields takes nats-py a quarter
   of a second, and where fast_mail_parser is installed they are taken for those of mail. What we go by is searched.
"""

import re
import ssl
from collections.abc import Callable, Iterable

from nats.aio.client import Client, Srv
from nats.aio.subscription import Subscription
from nats.aio.transport import TcpTransport
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError, StaleConnectionError

from ...faults import contained
from ...logs import rationed
from ..credentials import Credentials

Take = Callable[[bytes, bytes, bytes], None]
"""What is called with a message's reply subject, its headers as they came, and its data."""

_STATUS = b"NATS/1.0 "
_DELIVERED = b"$JS.ACK."
_SEARCHED = (b"Nats-Sequence", b"Nats-Pending-Messages")
"""The fields that we go by. The server's stand behind a record's own."""

_EXPIRED = "user authentication expired"
_REFUSED = re.compile(r"(?i)authorization violation|authentication (expired|revoked)")
_MAX_LINE = 256
_LOST = "the connection is lost"

log = rationed("gateway.nats.client")


class _Connection(TcpTransport):
    """uvloop calls it a RuntimeError to write to what was lost: nats-py knows OSErrors, and would end of others."""

    def __bool__(self) -> bool:
        return True  # else nats-py takes one of its own to connect

    def write(self, payload: bytes) -> None:
        try:
            super().write(payload)  # type: ignore[no-untyped-call]
        except RuntimeError as error:
            raise ConnectionResetError(_LOST) from error

    def writelines(self, payload: list[bytes]) -> None:
        try:
            super().writelines(payload)  # type: ignore[no-untyped-call]
        except RuntimeError as error:
            raise ConnectionResetError(_LOST) from error


class ShortcutClient(Client):
    """See above."""

    def __init__(self, credentials: Credentials | None = None) -> None:
        super().__init__()
        self._credentials = credentials or Credentials()
        self._takers: dict[int, Take] = {}

    @property
    def ssl_context(self) -> ssl.SSLContext:
        """For each connection anew."""
        return trust() if (trust := self._credentials.trust) else super().ssl_context

    async def _connect_to_server(self, s: Srv) -> None:
        if self._transport is None:
            self._transport = _Connection()  # type: ignore[no-untyped-call]
        # nats-py leaves open what the server has refused.
        self._transport.close()  # type: ignore[no-untyped-call]
        await super()._connect_to_server(s)

    async def close(self) -> None:
        """As ever, and also what nats-py was interrupted in closing: then it takes that for done."""
        await super().close()
        if self._transport is not None:
            self._transport.close()  # type: ignore[no-untyped-call]

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

    async def _process_err(self, err_msg: str) -> None:
        # Credentials that end are renewed on disk, and read again at each connection: nats-py would give up for good.
        if _EXPIRED in err_msg.lower() or (self._credentials.may_be_renewed and _REFUSED.search(err_msg)):
            await self._process_op_err(StaleConnectionError())
            await self._error_cb(NatsError(err_msg.strip("'").lower()))
        else:
            await super()._process_err(err_msg)

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        take = self._takers.get(sid)
        if take is not None and (reply.startswith(_DELIVERED) or not (headers or b"").startswith(_STATUS)):
            contained(None, take, reply, headers or b"", data)
            return
        try:
            await super()._process_msg(sid, _readable(subject), _readable(reply), data, headers)
        except (ValueError, LookupError, TypeError) as error:
            log.warning("what came on %s can't be read, and is passed over: %s", ascii(subject[:64]), error)

    async def _process_headers(self, headers: bytes) -> dict[str, str] | None:
        """The status, if it tells one, and what is searched."""
        if not headers:
            return None
        fields = {name.decode(): text for name in _SEARCHED if (text := _field(headers, name))}
        if headers.startswith(_STATUS):
            line = headers[len(_STATUS) : _MAX_LINE].partition(b"\r\n")[0].decode(errors="replace")
            fields["Status"], _, fields["Description"] = line.strip().partition(" ")
        return fields


def _field(headers: bytes, name: bytes) -> str:
    """What the last field of this name says; empty if there is none."""
    _, found, rest = headers.rpartition(b"\r\n%b:" % name)
    return rest[:_MAX_LINE].partition(b"\r\n")[0].decode(errors="replace").strip() if found else ""


def _readable(text: bytes) -> bytes:
    return text if text.isascii() else text.decode(errors="replace").encode()
