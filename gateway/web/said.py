"""What a request says: by a body of whatever kind, under a name, once for a key."""

from codecs import BOM_UTF8

import msgspec
from aiohttp import web

from ..decoding import BadJsonError, Decoder
from ..members.house import House
from ..messages import clean_text
from ..names import clean_name
from ..refusals import RefusedError
from ..wires.events import MAX_ID
from ..wires.plain import prepare
from .visitor import VISITOR, lane_of_request


class _Said(msgspec.Struct):
    text: str
    name: str | None = None


_decode = Decoder[_Said](_Said)


async def said_by(house: House, request: web.Request) -> tuple[str, str | None, str | None]:
    """What is said, under which name, and its Idempotency-Key. Raises RefusedError, ConnectionError."""
    # Nothing is inflated here: some bytes can be very many then.
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise RefusedError("bad-encoding")
    kind = _kind_of(request.headers.get("Content-Type", ""))
    if kind.startswith("multipart/"):
        raise RefusedError("bad-form")
    key = request.headers.get("Idempotency-Key")
    if key is not None and ("\ufffd" in key or not 0 < len(key.encode()) <= MAX_ID):
        raise RefusedError("bad-id")
    try:
        body = await _body_of(request)
    except web.HTTPRequestEntityTooLarge as error:
        raise RefusedError("too-long") from error
    finally:  # what came of it counts, whole or not
        now = house.deadlines.now()
        house.meters.visitor(VISITOR.get(), now).take_bytes(request.content.total_bytes, now)
    text, named = await house.turns.do(lane_of_request(request), lambda: _text_in(house, kind, body))
    name = request.query.get("name", named)
    return text, None if name is None else clean_name(name), key


def _text_in(house: House, kind: str, body: bytes) -> tuple[str, str | None]:
    """The clean text of a body, and the name that stands there."""
    said = _said_in(kind, body)
    # What is not kept of a text takes time, too: more than half of it is none of a terminal's colours.
    if len(said.text) > 2 * house.settings.max_text:
        raise RefusedError("too-long")
    text = clean_text(said.text)
    house.check_text(text)
    prepare(text, "")
    return text, said.name


async def _body_of(request: web.Request) -> bytes:
    """All of a body, without the U+FEFF that may stand first. Raises ConnectionError if its client left within."""
    if request.transport is None and not request.content.is_eof():  # aiohttp calls it a RuntimeError then
        raise ConnectionResetError("the client has left")
    return (await request.read()).removeprefix(BOM_UTF8)


def _kind_of(content_type: str) -> str:
    # aiohttp's content_type parses the parameters too, by email's rules: 8 KB of these take 0.14 s.
    return content_type.partition(";")[0].strip().lower()


def _said_in(kind: str, body: bytes) -> _Said:
    """What a body says: JSON if it is called that, else the text itself, whatever curl -d calls it."""
    try:
        if kind == "application/json":
            return _decode(body)
        return _Said(body.decode())
    except BadJsonError as error:
        raise RefusedError("bad-json", str(error)) from error
    except UnicodeDecodeError as error:
        raise RefusedError("bad-utf8") from error
