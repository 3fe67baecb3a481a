"""The connection to NATS: it comes back by itself, and whatever fails on it is a StoreError.

1. A request MUST NOT wait longer than ANSWER_SECONDS, nor for an answer that a lost connection can't bring.
2. Nothing is published while there is no connection: nats-py would keep it, and send it when we have given it up.
"""

import asyncio
import logging
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from ...causes import cause_of
from ...config.checks import userinfo
from ...decoding import BadJsonError, Decoder
from ...faults import report
from .. import EndedError, StoreError
from ..credentials import Credentials
from .shortcut import ShortcutClient, Take

T = TypeVar("T")
Headers = dict[str, str]

OPEN_SECONDS = 10.0
ANSWER_SECONDS = 2.0
CONNECT_SECONDS = 2
PING_SECONDS = 2
RECONNECT_SECONDS = 0.2
_UNAVAILABLE = 503
_LEADERLESS = "nobody leads the stream now, or JetStream is off (a full disk turns it off)"
_DENIED = "permissions violation"
_ROUNDS = 10  # through all servers, before a start is given up

_REFUSED = re.compile(r"(?i)authori[sz]ation|authentication")

log = logging.getLogger("gateway.nats")


def _is_told(record: logging.LogRecord) -> bool:
    """Not what nats-py's way to begin TLS makes asyncio say at each end of a connection: it tells nobody anything."""
    return not str(record.msg).startswith("returning true from eof_received()")


logging.getLogger("asyncio").addFilter(_is_told)


class AwayError(StoreError):
    """NATS can't be reached, or nobody leads: it may be better soon."""


class DuplicateError(StoreError):
    """A batch holds a message that the log has already."""


class IncompleteError(StoreError):
    """It has lost some of a batch, as when it has no room to keep that until it is whole."""


class NotThereError(StoreError):
    """There is no such stream, or no such entry in it."""


class NoMessageError(NotThereError):
    """There is no such entry, or message, in a stream that is there."""


class OutrunError(StoreError):
    """Somebody else has changed it meanwhile."""


_KINDS: dict[int, type[StoreError]] = {
    10005: AwayError,  # no suitable peers: one has just come or gone
    10037: NoMessageError,
    10059: NotThereError,  # no stream
    10071: OutrunError,
    10164: OutrunError,
    10176: IncompleteError,
    10201: DuplicateError,
}
"""Of what JetStream answers, by its `err_code`."""


class _ApiError(msgspec.Struct):
    description: str
    code: int = 0
    err_code: int = 0


class _Failure(msgspec.Struct):
    error: _ApiError | None = None


_decode_failure = Decoder[_Failure](_Failure)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a room is: `nats://[USER:PASSWORD@]HOST:PORT[,HOST:PORT…]/ROOM`, tls:// for TLS.

    1. Who we are MUST NOT be in the servers: nats-py tells of them.
    """

    servers: tuple[str, ...]
    room: str
    user: str = field(default="", repr=False)
    """Or a token, without a password."""
    password: str | None = field(default=None, repr=False)
    credentials: str = ""
    """A .creds file's path."""
    authority: str = ""
    """The path of a CA to trust (PEM), if it is not one of the system's."""
    password_file: str = ""
    """The path of a file that has the user's password."""

    @classmethod
    def parse(cls, url: str, credentials: str = "", authority: str = "", password_file: str = "") -> "Place":
        """The place that a URL names, whose form config has checked; it may have the password, or not."""
        scheme, _, rest = url.partition("://")
        hosts, _, room = rest.rpartition("/")
        servers = tuple(f"{scheme}://{host}" for host in hosts.rpartition("@")[2].split(","))
        user, password = userinfo(url)
        return cls(servers, room, user, password, credentials, authority, password_file)

    def __str__(self) -> str:
        """As it may be shown: without a password."""
        return "NATS at " + ",".join(server.rpartition("/")[2] for server in self.servers)


class Link:
    """One connection to any of a place's servers. Made by `open`."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.node = secrets.token_hex(6)
        self.credentials = Credentials(place.credentials, place.password_file, place.authority)
        self.client = ShortcutClient(self.credentials)
        self._waits: set[asyncio.Timeout] = set()
        self._problem = "no server answers"
        self._failures = 0
        self._is_refused = False
        self._denied = ""  # the right that was missing last, and when
        self._denied_at = -1.0
        self._opening: asyncio.Timeout | None = None
        self._is_open = False
        self._causes: set[str] = set()  # for which it is lost, as far as they are told

    @classmethod
    async def open(cls, place: Place) -> "Link":
        """Connect. Raises StoreError, SettingError."""
        link = cls(place)
        try:
            async with asyncio.timeout(OPEN_SECONDS) as link._opening:
                await link._connect()
        except (NatsError, OSError) as error:
            # TimeoutError is an OSError: nats-py tries for ever, and tells of each failure by the way.
            reason = link._problem if isinstance(error, TimeoutError) else str(error)
            with suppress(NatsError):
                await link.client.close()
            advice = "say who we are by USER:PASSWORD@ in --store, by --nats-password-file, or by --nats-creds"
            if not _REFUSED.search(reason):
                advice = "is nats-server running, with --jetstream?"
            raise StoreError(f"{reason}; {advice}", place) from error
        link._is_open = True
        return link

    async def close(self) -> None:
        """Send what was published, and go."""
        self._is_open = False
        with suppress(NatsError, OSError):
            async with asyncio.timeout(ANSWER_SECONDS):
                if self.client.is_connected:
                    await self.client.flush(1)
                await self.client.close()

    # --- questions ------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def patience(self, seconds: float = ANSWER_SECONDS) -> AsyncIterator[None]:
        """Something that NATS has to do within so many seconds, and with this connection. Raises StoreError."""
        if self.client.is_closed and self._is_open:  # by a word of the server's that nats-py does not know
            reason = _reason(error) if (error := self.client.last_error) else self._problem
            raise EndedError(f"it has closed the connection for good: {reason}; start again", self.place)
        if not self.client.is_connected:
            raise AwayError(f"it is away: {self._problem}", self.place)
        begun = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(seconds) as wait:
                self._waits.add(wait)
                try:
                    yield
                finally:
                    self._waits.discard(wait)
        except NoRespondersError as error:
            raise AwayError(_LEADERLESS, self.place) from error
        except (NatsError, OSError) as error:
            if self._denied_at >= begun:
                raise StoreError(f"{self._denied}: see docs/scaling.md for the rights it needs", self.place) from error
            reason = _reason(error) if self.client.is_connected else "the connection is lost"
            raise AwayError(reason, self.place) from error

    async def request(self, subject: str, payload: bytes, headers: Headers | None = None) -> bytes:
        """Publish, and wait for the answer. Raises StoreError."""
        async with self.patience():
            answer = await self.client.request(subject, payload, ANSWER_SECONDS, headers=headers)
        return answer.data

    async def ask(self, kind: type[T], subject: str, question: object = None, headers: Headers | None = None) -> T:
        """Ask JetStream. `question` is sent as JSON, bytes as they are. Raises StoreError, one of _KINDS."""
        payload = (
            question if isinstance(question, bytes) else b"" if question is None else msgspec.json.encode(question)
        )
        answer = await self.request(subject, payload, headers)
        try:
            if (failure := _decode_failure(answer).error) is None:
                return Decoder[T](kind)(answer)
        except BadJsonError as error:
            raise StoreError(f"what answers {subject} is no JetStream: {error}", self.place) from error
        kind_of_failure = AwayError if failure.code == _UNAVAILABLE else _KINDS.get(failure.err_code, StoreError)
        raise kind_of_failure(failure.description or "it refused", self.place)

    @asynccontextmanager
    async def inbox(self, hear: Callable[[Msg], Awaitable[None]], take: Take | None = None) -> AsyncIterator[str]:
        """A subject of our own, and what comes on it: all to `hear`, or to `take` what tells no status.

        Raises StoreError.
        """
        async with self.patience():
            subject = self.client.new_inbox()
            subscription = await self.client.subscribe(subject, cb=hear)
            if take is not None:
                self.client.short_cut(subscription, take)
        try:
            yield subject
        finally:
            self.client.forget(subscription)
            with suppress(NatsError, OSError):
                await subscription.unsubscribe()

    # --- the connection -------------------------------------------------------------------------------------------

    async def _connect(self) -> None:
        options: dict[str, object] = {}
        if self.credentials.papers:
            options |= {"signature_cb": self.credentials.sign, "user_jwt_cb": self.credentials.token}
        password = self.credentials.password or self.place.password
        if password is not None:
            options |= {"user": self.place.user, "password": password}
        elif self.place.user:
            options["token"] = self.place.user
        await self.client.connect(
            list(self.place.servers),
            name="chat-gateway",
            error_cb=self._failed,
            disconnected_cb=self._disconnected,
            reconnected_cb=self._reconnected,
            max_reconnect_attempts=-1,
            reconnect_time_wait=RECONNECT_SECONDS,  # type: ignore[arg-type] # it sleeps for it
            connect_timeout=CONNECT_SECONDS,
            ping_interval=PING_SECONDS,
            max_outstanding_pings=2,
            **options,  # type: ignore[arg-type]
        )

    async def _failed(self, error: Exception) -> None:
        if not isinstance(error, NatsError | OSError):
            report(error)  # by who hears something
            return
        if _DENIED in (reason := _reason(error)):
            self._denied, self._denied_at = reason, asyncio.get_running_loop().time()
            log.debug("%s: %s", self.place, reason)
            return
        is_refusal = not isinstance(error, OSError)
        if is_refusal or self._is_open or not self._is_refused:
            self._problem = reason  # a reset that follows a refusal says less than that
        if self._is_open and not self.client.is_connected and reason not in self._causes:
            self._causes.add(reason)
            log.warning("%s: %s", self.place, reason)
        self._is_refused |= is_refusal
        self._failures += 1
        is_enough = self._failures == _ROUNDS * len(self.place.servers)
        if self._opening and not self._is_open and is_enough and not self._opening.expired():
            self._opening.reschedule(0)
        log.debug("%s: %s", self.place, self._problem)

    async def _disconnected(self) -> None:
        if self._is_open:
            log.warning("the connection to %s is lost", self.place)
        now = asyncio.get_running_loop().time()
        for wait in self._waits:
            if not wait.expired():  # just now: it can't be put off, and to raise here would end nats-py's task
                wait.reschedule(now)

    async def _reconnected(self) -> None:
        log.warning("the connection to %s is back", self.place)
        self._causes.clear()


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    return cause_of(error).removeprefix("nats: ")


def status_of(headers: Mapping[str, str] | None) -> str:
    """The status of a message that tells of itself and not of the log; empty of others."""
    return (headers or {}).get("Status", "")
