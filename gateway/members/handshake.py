"""The WebSocket handshake: what is agreed, and by which wire somebody comes in (RFC 6455, section 4; RFC 7692)."""

from collections.abc import Generator, Sequence

from websockets.exceptions import NegotiationError
from websockets.extensions import Extension
from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.typing import ExtensionParameter, Subprotocol

from ..faults import bare
from ..guard.gate import Place
from ..messages import new_owner
from ..wires.json import SUBPROTOCOL, JsonWire
from ..wires.text import TextWire
from .house import House
from .login import HELLO, KNOCK
from .parser import LIBRARY_LOG
from .websocket import WebSocketMember


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


_at_rest: list[_Handshake] = []
"""One that has accepted whom it was asked for: what was agreed is in the response alone. To make one is dear."""


def shake_hands(house: House, request: Request, place: Place, host: str) -> tuple[bytes, WebSocketMember | None]:
    """The response to a request for a WebSocket, and the member that it lets in, if it does."""
    handshake = _at_rest.pop() if _at_rest else _Handshake()
    response = handshake.accept(request)
    if response.status_code != 101:
        if handshake.handshake_exc is not None:  # which the request keeps, too
            bare(handshake.handshake_exc)
        return response.serialize(), None  # it keeps why, and shakes no more hands
    _at_rest.append(handshake)
    make = json_member if response.headers.get("Sec-WebSocket-Protocol") == SUBPROTOCOL else text_member
    return response.serialize(), make(house, place, host, deflate="Sec-WebSocket-Extensions" in response.headers)


def text_member(house: House, place: Place, host: str, *, deflate: bool) -> WebSocketMember:
    """Someone without a subprotocol: websocat, python -m websockets. In the room at once, like a raw member."""
    wire = TextWire(house.phrases, house.settings.max_text, deflate=deflate)
    member = WebSocketMember(house, place, host, wire, KNOCK, deflate=deflate)
    member.be(new_owner())
    return member


def json_member(house: House, place: Place, host: str, *, deflate: bool) -> WebSocketMember:
    """Someone who speaks chat.v1.json: in the room from its hello on."""
    wire = JsonWire(house.settings.max_text, deflate=deflate)
    return WebSocketMember(house, place, host, wire, HELLO, deflate=deflate)
