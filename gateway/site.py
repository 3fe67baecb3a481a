"""The aiohttp application: the page, its static files, health."""

import logging
from pathlib import Path

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from .room import Room
from .stores import StoreError

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
    "Connection": "close",
}

LOG = logging.getLogger("gateway.site")


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether aiohttp logs a fault of ours. A request that is none has had its 400, and is no news to the operator."""
    fault = record.exc_info[1] if record.exc_info else None
    return not isinstance(fault, HttpProcessingError)


LOG.addFilter(_is_ours)


def static_folder() -> Path:
    """Where the page is: in the wheel beside the code, in a checkout beside the package."""
    installed = Path(__file__).parent / "static"
    return installed if installed.is_dir() else Path(__file__).parent.parent / "static"


def make_site(room: Room, tcp_port: int) -> web.Application:
    """The site of a room. Every answer closes its connection: the door looks at each one once."""
    index = (static_folder() / "index.html").read_text(encoding="utf-8").replace("{{tcp-port}}", str(tcp_port))

    async def page(request: web.Request) -> web.StreamResponse:
        return web.Response(text=index, content_type="text/html")

    async def alive(request: web.Request) -> web.StreamResponse:
        return web.Response(text="ok\n")

    async def ready(request: web.Request) -> web.StreamResponse:
        failure = room.inbox.failure
        try:
            await room.store.check()
        except StoreError as error:
            failure = str(error)
        return web.Response(status=503, text=f"{failure}\n") if failure else web.Response(text="ok\n")

    site = web.Application()
    site.router.add_get("/", page)
    site.router.add_get("/healthz", alive)
    site.router.add_get("/readyz", ready)
    site.router.add_static("/static/", static_folder())
    site.on_response_prepare.append(_prepare)
    return site


async def _prepare(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
    response.force_close()
