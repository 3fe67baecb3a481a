"""The aiohttp applications: the page with its static files, health; and the metrics."""

import asyncio
import hashlib
import html
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import cache, lru_cache, partial
from math import inf
from pathlib import Path

from aiohttp import ClientConnectionResetError, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

from ..config import Settings
from ..faults import bare, report
from ..logs import rationed
from ..members.house import House
from ..metrics import CONTENT_TYPE
from ..phrases import Phrases, other_than
from ..stores import StoreError
from ..vocabulary import COMMANDS, COMMANDS_OF
from .api import Api
from .bundle import bundle, tightened
from .cors import PREFLIGHT, share_with
from .visitor import has_left

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Connection": "close",
}

KINDS = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
"""What the static files are, by their suffix."""

READY_SECONDS = 0.5

_COMMENTS = re.compile(r"/\*[^*]*\*/")
_IDLE = re.compile(r"(?<=[,;:{}>])\s+| (?=[{>])|;(?=\s*})")
_IMPLIED = re.compile(r"\n\t*|</(?:p|head|body|html)>")
"""What a browser does without; WHATWG HTML, section 13.1.2.4: no text follows a paragraph here, and no link has one."""

_QUOTED = re.compile(r"(?<==)\"([\w-]+)\"(?!/)")

LOG = rationed("gateway.site")


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether aiohttp logs a fault of ours. A request that is none has had its 400, and who has left is no news."""
    fault = record.exc_info[1] if record.exc_info else None
    return not isinstance(fault, HttpProcessingError | ClientConnectionResetError)


LOG.addFilter(_is_ours)


def static_folder() -> Path:
    """Where the page is: in the wheel beside the code, in a checkout beside the package."""
    installed = Path(__file__).parents[1] / "static"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "static"


@cache
def page_files() -> Mapping[str, bytes]:
    """What the page is made of, by name; `page.js` is its modules in one. It is read once."""
    files = {path.name: path.read_bytes() for path in sorted(static_folder().iterdir())}
    modules = {name.removesuffix(".js"): body.decode() for name, body in files.items() if name.endswith(".js")}
    sent = {
        "page.js": bundle(modules, "main"),
        "loading.js": tightened("loading", modules["loading"]),
        "style.css": _IDLE.sub("", _COMMENTS.sub("", files["style.css"].decode())),
    }
    return files | {name: text.encode() for name, text in sent.items()}


def index_page(static: str, tcp_port: int, settings: Settings) -> str:
    """The page, with what it has to know."""
    known = {
        "static": static,
        "tcp-port": str(tcp_port or ""),
        "tls": "yes" if settings.tls_cert else "",
        "max-text": str(settings.max_text),
        "commands": " ".join(f"/{each.name}" for each in COMMANDS if each.in_page),
        "operators": " ".join(f"/{each.name}" for each in COMMANDS_OF["operators"]),
        "title": html.escape(settings.title),
        "refusals": _refusals(settings),
    }
    text = _QUOTED.sub(r"\1", _IMPLIED.sub("", (static_folder() / "index.html").read_text(encoding="utf-8")))
    return re.sub(r"\{\{([a-z-]+)\}\}", lambda found: known[found[1]], text)


def _refusals(settings: Settings) -> str:
    """What errors say in the language that the server does not speak, as JSON for a script element."""
    language = other_than(settings.language)
    texts = Phrases(language, settings.max_text).refusals()
    told = {"language": language, "texts": texts}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def digest_of(files: Mapping[str, bytes]) -> str:
    """What these files are, in a few characters: another digest, other files."""
    content = hashlib.sha256()
    for name, body in sorted(files.items()):
        content.update(name.encode() + body)
    return content.hexdigest()[:12]


class Readiness:
    """Whether the store can be written to, asked once in READY_SECONDS at most: anybody may ask us."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._room = house.room
        self._asking: asyncio.Task[str] | None = None
        self._asked_at = -inf

    async def failure(self) -> str:
        """Why not; empty if it can. Who asks that has others in mind: to send people to, or to send them away from."""
        if self._house.is_draining:
            return "the gateway is about to stop"
        now = self._room.deadlines.now()
        if self._asking is None or (self._asking.done() and now > self._asked_at + READY_SECONDS):
            self._asked_at = now
            self._asking = asyncio.get_running_loop().create_task(self._ask())
        return self._room.trouble or await asyncio.shield(self._asking)

    async def _ask(self) -> str:
        try:
            await self._room.store.check()
        except StoreError as error:
            return error.cause
        return ""


def max_body(settings: Settings) -> int:
    """Bytes of a body. A JSON string can be six times as long as its text."""
    return 6 * settings.max_text + 4096


def make_site(house: House, tcp_port: int) -> web.Application:
    """The site of a room. Every answer closes its connection: the door looks at each one once."""
    bodies = page_files()
    static = f"static/{digest_of(bodies)}"

    @lru_cache(1)  # they are others when they were read again
    def shown(settings: Settings) -> _File:
        return _File(index_page(static, tcp_port, settings).encode(), KINDS[".html"])

    async def page(request: web.Request) -> web.StreamResponse:
        return shown(house.settings).answer(request)

    files = {name: _File(body, KINDS[Path(name).suffix]) for name, body in bodies.items()}

    async def file(request: web.Request) -> web.StreamResponse:
        """One of the page's few files, from memory: no path, date or range of a request gets near the disk."""
        if (found := files.get(request.match_info["name"])) is None:
            raise web.HTTPNotFound
        return found.answer(request)

    async def alive(request: web.Request) -> web.StreamResponse:
        return web.Response(text="ok\n")

    readiness = Readiness(house)

    async def ready(request: web.Request) -> web.StreamResponse:
        failure = await readiness.failure()
        return web.Response(status=503, text=f"{failure}\n") if failure else web.Response(text="ok\n")

    site = web.Application(client_max_size=max_body(house.settings), middlewares=[_contain])
    site.router.add_get("/", page)
    for path, health in (("/healthz", alive), ("/readyz", ready)):
        site.router.add_get(path, health)
        site.router.add_options(path, health)  # HAProxy's check, if nobody changes it
    Api(house).add_to(site)
    site.router.add_get(f"/{static}/{{name}}", file)
    for path in ("/say", "/messages", "/messages/{seq}", "/events", "/openapi.json"):
        site.router.add_options(path, _preflight)
    site.router.add_route("*", "/events", _not_so)
    site.on_response_prepare.extend([_prepare, partial(_share, house)])
    return site


class _File:
    """A file of the page, and its tag."""

    def __init__(self, body: bytes, kind: str) -> None:
        self._body = body
        self._kind = kind
        self._charset = "utf-8" if kind.startswith("text/") else None
        self._etag = hashlib.sha256(body).hexdigest()[:12]

    def answer(self, request: web.Request) -> web.Response:
        """The file, unless its client has it."""
        if any(known.value == self._etag for known in request.if_none_match or ()):
            return web.Response(status=304)
        response = web.Response(body=self._body, content_type=self._kind, charset=self._charset)
        response.etag = self._etag
        return response


def make_metrics_site(told: Callable[[], Awaitable[bytes]]) -> web.Application:
    """The site of --metrics, on a listener of its own: it is nobody's business but the operator's."""

    async def expose(request: web.Request) -> web.StreamResponse:
        return web.Response(body=await told(), headers={"Content-Type": CONTENT_TYPE})

    site = web.Application()
    site.router.add_get("/metrics", expose)
    site.on_response_prepare.append(_prepare)
    return site


@web.middleware
async def _contain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A fault ends the one request that it came from."""
    try:
        return await handler(request)
    except web.HTTPException as answer:
        # aiohttp's frames would keep it; and what says that nothing was found is kept by what looked for it.
        bare(answer)
        return web.Response(status=answer.status, reason=answer.reason, headers=answer.headers, body=answer.body)
    except Exception as fault:  # noqa: BLE001 - the guard of faults, for what aiohttp calls
        if not (isinstance(fault, ConnectionError) and has_left(request)):
            report(fault)
        # aiohttp keeps the error of who left within a body: with what was read of it, which the frames hold.
        bare(fault)
        return web.Response(status=500, text="A fault of the server's; it is in its log.\n")


async def _preflight(request: web.Request) -> web.StreamResponse:
    return web.Response(status=204, headers=PREFLIGHT)


async def _not_so(request: web.Request) -> web.StreamResponse:
    # RFC 9110, section 15.5.6: the answer names what the resource supports; GET is the door's, and no route here.
    raise web.HTTPMethodNotAllowed(request.method, ("GET", "OPTIONS"))


async def _share(house: House, request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(share_with(request.headers.get("Origin"), house.settings.origin))


async def _prepare(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
    response.headers.pop("Server", None)  # of whom it is, and which version, strangers need not know
    # The static files' address says what they are, so they are asked for once.
    is_static = request.path.startswith("/static/") and response.status == 200
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_static else "no-cache"
    response.force_close()
