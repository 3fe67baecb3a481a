"""The WebSocket handshake: what is agreed, and which kind of member it lets in (RFC 6455, section 4; RFC 7692)."""

import asyncio
from collections.abc import Generator, Sequence

from websockets.exceptions import NegotiationError
from websockets.extensions import Extension
from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.typing import ExtensionParameter, Subprotocol

from .gate import Place
from .messages import is_session, new_owner, new_session, owner_of
from .names import guest_label
from .requests import House
from .websocket import FIRST_BEAT_SECONDS, LIBRARY_LOG, WebSocketMember
from .wires import events
from .wires.closing import Closing
from .wires.json import SUBPROTOCOL, JsonWire
from .wires.text import TextWire


class _DeflateFactory(ServerPerMessageDeflateFactory):
    """Agrees to permessage-deflate without context takeover, if the client lets our window be 15; else declines."""

    def __init__(self) -> None:
        super().__init__(server_no_context_takeover=True, client_no_context_takeover=True)

    def process_request_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> tuple[list[ExtensionParameter], PerMessageDeflate]:
        """See the base class."""
        response, extension = super().process_request_params(params, accepted_extensions)
        if extension.local_max_window_bits != 15:
            raise NegotiationError("only a server window of 15 bits")
        return response, extension


_EXTENSIONS = [_DeflateFactory()]
_SUBPROTOCOLS = [Subprotocol(SUBPROTOCOL)]


class _Handshake(ServerProtocol):
    """The library's handshake alone. It holds no reference to itself, and so is gone when it is over.

    Each one would wait for the garbage collector else, which costs as much again in a storm of handshakes.
    """

    def __init__(self) -> None:
        super().__init__(extensions=_EXTENSIONS, subprotocols=_SUBPROTOCOLS, logger=LIBRARY_LOG)

    def select_subprotocol(self, subprotocols: Sequence[Subprotocol]) -> Subprotocol | None:
        """Ours if it is offered; else none, and the plain text wire."""
        return _SUBPROTOCOLS[0] if SUBPROTOCOL in subprotocols else None

    def parse(self) -> Generator[None]:
        """Read nothing: the door has read the head."""
        return _nothing()


def _nothing() -> Generator[None]:
    yield


def shake_hands(house: House, request: Request, place: Place, host: str) -> tuple[bytes, WebSocketMember | None]:
    """The response to a request for a WebSocket, and the member that it lets in, if it does."""
    protocol = _Handshake()
    response = protocol.accept(request)
    if response.status_code != 101:
        return response.serialize(), None
    kind = JsonMember if protocol.subprotocol == SUBPROTOCOL else TextMember
    return response.serialize(), kind(house, place, host, deflate=bool(protocol.extensions))


class TextMember(WebSocketMember):
    """Someone without a subprotocol: websocat, python -m websockets. In the room at once, like a raw member."""

    __slots__ = ()

    wants_presence = False
    wire_name = "text"
    wire: TextWire

    def __init__(self, house: House, place: Place, host: str, *, deflate: bool) -> None:
        super().__init__(house, place, host, deflate=deflate)
        self.be(new_owner())
        self.label = guest_label(self.by)
        self.wire = TextWire(house.room.phrases, house.settings.max_text, deflate=deflate)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """In."""
        super().connection_made(transport)
        self.knock()


class JsonMember(WebSocketMember):
    """Someone who speaks chat.v1.json: in the room from its hello on."""

    __slots__ = ("_entered", "_since")

    wants_presence = True
    wire_name = "json"
    wire: JsonWire

    def __init__(self, house: House, place: Place, host: str, *, deflate: bool) -> None:
        super().__init__(house, place, host, deflate=deflate)
        self.wire = JsonWire(house.settings.max_text, deflate=deflate)
        self._entered = False
        self._since = self.heard_at

    def handle(self, request: events.Request, now: float) -> None:
        """Nothing is done before the hello."""
        if self._entered or isinstance(request, events.EndOfInput):
            super().handle(request, now)
        elif isinstance(request, events.Hello):
            # To go on at an old position is to read the log.
            if request.after is not None and (wait := self.meter(now).take(now)):
                self.wait_for_rate(now + wait)
            self._greet(request)
        else:
            wrong = request if isinstance(request, events.Mistake) else events.Mistake("hello-first")
            self._refuse(wrong)

    def beat(self, now: float) -> float:
        """The hello has a deadline of its own."""
        if self._entered:
            return super().beat(now)
        if self.is_held:
            self._since = now
        due = self._since + FIRST_BEAT_SECONDS
        if due <= now:
            self.close(Closing.SILENT)
        return due

    def _refuse(self, wrong: events.Mistake, why: Closing = Closing.BAD_HELLO) -> None:
        self.error(wrong.code, wrong.id, wrong.detail)
        self.close(why)

    def _greet(self, hello: events.Hello) -> None:
        if hello.session is not None and not is_session(hello.session):
            self._refuse(events.Mistake("bad-session"))
            return
        if problem := self.house.lock.refuses(self.host, hello.password, self._deadlines.now()):
            self._refuse(events.Mistake(problem), Closing.PASSWORD)
            return
        self.session = hello.session or new_session()
        self.returns = hello.session is not None
        self.be(owner_of(self.session))
        self.label = guest_label(self.by)
        if self.is_barred():
            return
        # Who is muted keeps the name that it had, and takes none.
        name = None if self.house.moderation.refuses_name(self.host, self.by) else hello.name
        if hello.session is None and not name:
            self._enter(hello, None)
        else:
            self.house.room.admit(self, name, lambda name: self._enter(hello, name))

    def _enter(self, hello: events.Hello, name: str | None) -> bool:
        if self.closing or self.is_barred():
            return False
        self._entered = True
        if name:
            self.label, self.named = name, True
        resumed = self.seek(hello.after, hello.history)
        room = self.house.room
        self.enter()
        welcome = events.Welcome(
            self.by, self.label, self.session, room.store.epoch, self.cursor, resumed, len(room.roster)
        )
        self.answer(welcome)
        if hello.name and (refusal := self.house.moderation.refuses_name(self.host, self.by)):
            self.refuse_to_hear(refusal)
        return True
