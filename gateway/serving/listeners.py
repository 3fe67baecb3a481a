"""What accepts: a listener for each port and for --metrics, and the sites that plain requests there are led to."""

import asyncio
import logging
import socket
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from aiohttp import web as aiohttp_web

from ..guard.gate import Gate
from ..members.arrival import ACCEPTS, Arrival, Entry
from ..members.house import House
from ..members.listener import SecureListener
from ..web.entry import SiteDoor, WebEntry
from ..web.site import LOG, make_metrics_site, make_site
from ..wires.http import MAX_ENCODED, MAX_HEAD
from .leaving import GOODBYE_SECONDS
from .ports import PORTS
from .sockets import BACKLOG
from .tls import Certificate
from .watch import Watch

METRICS_PLACES = 16
METRICS_PER_ADDRESS = 4

log = logging.getLogger("gateway.server")


class Listeners:
    """Of one gateway: all speak TLS if it has a `certificate`, but for that of --metrics."""

    def __init__(self, certificate: Certificate | None) -> None:
        self._certificate = certificate
        self._listeners: list[asyncio.Server | SecureListener] = []
        self._runners: list[aiohttp_web.AppRunner] = []

    async def open(self, house: House, sockets: Mapping[str, socket.socket], tcp_port: int) -> None:
        """Accept at each of PORTS; `tcp_port` is the number of that one, which the page tells."""
        site = await self._serve(make_site(house, tcp_port))
        for port in PORTS:
            await self._accept(house, sockets[port.setting], port.entry(site))

    async def open_metrics(self, house: House, watch: Watch, listener: socket.socket) -> House:
        """Accept who looks at the metrics; returns the house in which it does.

        It has places of its own: a full room is when its operator wants to look.
        """
        site = await self._serve(make_metrics_site(watch.expose))
        own = replace(house, gate=Gate(METRICS_PLACES, METRICS_PER_ADDRESS))
        factory = partial(Arrival, own, WebEntry(site, SiteDoor))
        self._listeners.append(await asyncio.get_running_loop().create_server(factory, sock=listener, backlog=ACCEPTS))
        host = house.settings.metrics.rpartition(":")[0]
        log.info("metrics are at http://%s:%s/metrics", host, listener.getsockname()[1])
        return own

    def close(self) -> None:
        """Accept nobody more."""
        for listener in self._listeners:
            listener.close()

    async def end(self) -> None:
        """End the sites."""
        for runner in self._runners:
            await runner.cleanup()

    async def _accept(self, house: House, listener: socket.socket, entry: Entry) -> None:
        if self._certificate is not None:
            self._listeners.append(SecureListener(house, listener, self._certificate.context, entry))
            return
        factory = partial(Arrival, house, entry)
        loop = asyncio.get_running_loop()
        make = loop.create_unix_server if listener.family == socket.AF_UNIX else loop.create_server
        # What asyncio's own loop accepts in one turn it calls the backlog too; so that is set anew.
        server = await make(factory, sock=listener, backlog=ACCEPTS)
        listener.listen(BACKLOG)
        self._listeners.append(server)

    async def _serve(self, site: aiohttp_web.Application) -> aiohttp_web.Server:
        """What makes the protocol of a visit, from a site; no body is inflated for anybody."""
        runner = aiohttp_web.AppRunner(
            site, access_log=None, logger=LOG, auto_decompress=False, shutdown_timeout=GOODBYE_SECONDS,
            # What the door lets pass is not too large.
            max_line_size=MAX_ENCODED, max_field_size=MAX_ENCODED, max_headers=MAX_HEAD,
        )  # fmt: skip
        await runner.setup()
        self._runners.append(runner)
        assert runner.server is not None
        return runner.server
