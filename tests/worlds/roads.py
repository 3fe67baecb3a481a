"""What stands between a person and the room: the proxies of docs/deploy as they are shipped, and others."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..e2e.fronts import NAME, certify, documented
from ..nats import free_ports
from .place import ELSEWHERE, Place, Relay
from .programs import PATIENCE, need, running

CHECK = "    option httpchk GET /healthz\n"
TRUST = ("--trust-proxy", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class Road:
    """How one comes to a place from outside, and what the gateway has to be told of that."""

    lead: Callable[[Place, Path], AbstractAsyncContextManager[Place]]
    flags: tuple[str, ...] = TRUST


@asynccontextmanager
async def _direct(place: Place, folder: Path) -> AsyncIterator[Place]:
    del folder
    yield place


DIRECT = Road(_direct, flags=())


def nginx(path: str = "/", *, published: bool = False) -> Road:
    """As shipped, with TLS; under a prefix; published on another port than the one that it listens on."""

    @asynccontextmanager
    async def lead(place: Place, folder: Path) -> AsyncIterator[Place]:
        (port,) = free_ports(1)
        _certify(folder)
        changes = {
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            f"server_name {NAME}": f"server_name {ELSEWHERE}",
            "location / {": f"location {path} {{",
            "http://127.0.0.1:8080;": f"http://127.0.0.1:{place.web_port}/;",
        }
        site = documented("nginx.conf", folder, changes)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(_nginx(folder, port, site))
            if published:
                port = (await stack.enter_async_context(Relay(port))).port
            yield place.at(web_port=port, scheme="https", path=path)

    return Road(lead)


def traefik(scheme: str) -> Road:
    """Its header fields, which are unlike others': of a WebSocket, X-Forwarded-Proto is ws or wss.

    Traefik itself is in no registry that we reach: nginx sets them here.
    """

    @asynccontextmanager
    async def lead(place: Place, folder: Path) -> AsyncIterator[Place]:
        (port,) = free_ports(1)
        _certify(folder)
        files = f"ssl_certificate {folder}/{NAME}.pem; ssl_certificate_key {folder}/{NAME}.key;"
        tls = files if scheme == "https" else ""
        site = f"""
            map $http_upgrade $connection_upgrade {{ default upgrade; "" ""; }}
            map $http_upgrade $forwarded_proto {{ default {scheme.replace("http", "ws")}; "" {scheme}; }}
            server {{
                listen 127.0.0.1:{port} {"ssl" if tls else ""}; {tls}
                location / {{
                    proxy_pass http://127.0.0.1:{place.web_port};
                    proxy_http_version 1.1;
                    proxy_buffering off;
                    proxy_set_header Host $http_host;
                    proxy_set_header Upgrade $http_upgrade;
                    proxy_set_header Connection $connection_upgrade;
                    proxy_set_header X-Forwarded-For $remote_addr;
                    proxy_set_header X-Forwarded-Host $http_host;
                    proxy_set_header X-Forwarded-Port $server_port;
                    proxy_set_header X-Forwarded-Proto $forwarded_proto;
                    proxy_set_header X-Forwarded-Server traefik;
                    proxy_set_header X-Real-Ip $remote_addr;
                }}
            }}"""
        async with _nginx(folder, port, site):
            yield place.at(web_port=port, scheme=scheme)

    return Road(lead)


def caddy(path: str = "/") -> Road:
    """As shipped, with a certificate of its own; under a prefix."""

    @asynccontextmanager
    async def lead(place: Place, folder: Path) -> AsyncIterator[Place]:
        (port,) = free_ports(1)
        _certify(folder)
        begin, end = (f"\thandle_path {path}* {{\n", "\t}\n") if path != "/" else ("", "")
        tls = f"\tbind 127.0.0.1\n\ttls {folder}/{NAME}.pem {folder}/{NAME}.key\n"
        changes = {
            f"\n{NAME} {{\n": f"\nhttps://:{port} {{\n{tls}{begin}",
            "127.0.0.1:8080": f"127.0.0.1:{place.web_port}",
            "\n}": f"\n{end}}}",
        }
        site = documented("Caddyfile", folder, changes)
        conf = folder / "Caddyfile"
        conf.write_text("{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + site)
        command = (need("caddy"), "run", "--adapter", "caddyfile", "--config", str(conf))
        async with running(folder, *command) as program:
            await program.listens(port)
            yield place.at(web_port=port, scheme="https", path=path)

    return Road(lead)


@asynccontextmanager
async def _haproxy(place: Place, folder: Path) -> AsyncIterator[Place]:
    web, raw = free_ports(2)
    _certify(folder)
    often = "check inter 200ms fall 2 rise 1"
    changes = {
        "defaults\n": f"global\n    stats socket {folder}/stats\ndefaults\n    timeout check 5s\n",
        "bind :443": f"bind 127.0.0.1:{web}",
        "bind :7001": f"bind 127.0.0.1:{raw}",
        "    server gateway 127.0.0.1:8080": f"{CHECK}    server gateway 127.0.0.1:{place.web_port} {often}",
        "127.0.0.1:8001 send-proxy-v2": f"127.0.0.1:{place.raw_port} send-proxy-v2 {often}",
    }
    conf = folder / "haproxy.cfg"
    conf.write_text(documented("haproxy.cfg", folder, changes))
    async with running(folder, need("haproxy"), "-db", "-f", str(conf)) as program:
        for port in (web, raw):
            await program.listens(port)
        await _checked(folder / "stats")
        yield place.at(web_port=web, raw_port=raw, scheme="https")


HAPROXY = Road(_haproxy)
"""As shipped; with health checks as HAProxy has them: HTTP/1.0 without a Host, and no more than a PROXY header."""


async def _checked(stats: Path) -> None:
    """Wait until HAProxy has checked both servers, and see that it found them well."""
    end = time.monotonic() + PATIENCE
    checks: dict[str, str] = {}
    while checks != {"gateway-web": "L7OK", "gateway-raw": "L4OK"}:
        assert time.monotonic() < end, f"HAProxy's checks of the gateway: {checks}"
        await asyncio.sleep(0.05)
        with suppress(OSError):  # it listens to us last
            checks = await _checks(stats)


async def _checks(stats: Path) -> dict[str, str]:
    """What came of the last check of each backend's server."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_unix_connection(stats)
        writer.write(b"show stat\n")
        head, *rows = (await reader.read(-1)).decode().removeprefix("# ").split("\n")
        writer.close()
    found = [dict(zip(head.split(","), row.split(","), strict=False)) for row in rows]
    return {each["pxname"]: each["check_status"] for each in found if each.get("svname") == "gateway"}


@asynccontextmanager
async def _nginx(folder: Path, port: int, site: str) -> AsyncIterator[None]:
    conf = folder / "nginx.conf"
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    head = f"daemon off; pid {folder}/pid; error_log stderr; events {{}}"
    conf.write_text(f"{head} http {{ access_log off; {folders}\n{site}\n}}")
    async with running(folder, need("nginx"), "-c", str(conf), "-p", str(folder)) as program:
        await program.listens(port)
        yield


def _certify(folder: Path) -> None:
    """Write a certificate of every name that we go by here, and for gateway chat who issued it."""
    certify(folder, ELSEWHERE, "localhost").cert_pem.write_to_path(folder / "authority.pem")
