"""What an operator uses: metrics, systemd's notices, a proxy in front."""

import json
import re
import socket
import ssl
import subprocess
from pathlib import Path

import aiohttp
import pytest
import trustme
from websockets.asyncio.client import connect
from websockets.typing import Origin

from .conftest import Start, need
from .gateway import Gateway
from .peers import JSON_PROTOCOL, PATIENCE, chat, raw

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"


async def scrape(gateway: Gateway) -> dict[str, float]:
    """The metrics by name and labels."""
    found = re.search(r"metrics are at (http://\S+)", gateway.log)
    assert found, gateway.log
    async with aiohttp.ClientSession() as session, session.get(found[1]) as response:
        text = await response.text()
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line[0] != "#"}


async def test_metrics_tell_what_goes_on(start: Start) -> None:
    gateway = start("--metrics", "127.0.0.1:0")
    async with raw(gateway) as ann, chat(gateway) as bob:
        await ann.send(b"hello\n\n")
        await bob.texts(1)
        async with aiohttp.ClientSession() as session, session.get(gateway.page, headers={"Host": "evil.example"}):
            pass
        found = await scrape(gateway)
    assert found['gateway_members{wire="raw"}'] == found['gateway_members{wire="json"}'] == 1
    assert found["gateway_messages_total"] == 1
    assert found["gateway_deliveries_total"] == 2
    assert found['gateway_refusals_total{reason="http-421"}'] == 1
    assert found["gateway_lag_messages"] == found["gateway_stalled"] == 0


async def test_metrics_are_not_on_the_web_port(start: Start) -> None:
    gateway = start("--metrics", "127.0.0.1:0")
    async with aiohttp.ClientSession() as session, session.get(f"{gateway.page}metrics") as response:
        assert response.status == 404


def test_systemd_is_told_when_the_room_is_open_and_when_it_stops(start: Start, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(PATIENCE)
        gateway = start(NOTIFY_SOCKET=str(tmp_path / "notify"))
        assert systemd.recv(100) == b"READY=1"
        assert gateway.interrupt() == 0
        assert systemd.recv(100) == b"STOPPING=1"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


async def test_behind_nginx_as_documented(start: Start, tmp_path: Path) -> None:
    nginx = need("nginx")
    gateway = start("--trust-proxy", "127.0.0.1", "--public-host", "chat.example.org", "--per-ip", "1")
    port = free_port()
    authority = trustme.CA()
    issued = authority.issue_cert("chat.example.org")
    (tmp_path / "key").write_bytes(issued.private_key_pem.bytes())
    (tmp_path / "cert").write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
    server = (DEPLOY / "nginx.conf").read_text()
    for documented, here in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("/etc/ssl/chat.example.org.pem", str(tmp_path / "cert")),
        ("/etc/ssl/chat.example.org.key", str(tmp_path / "key")),
        ("127.0.0.1:8080", f"127.0.0.1:{gateway.http_port}"),
    ):
        assert documented in server
        server = server.replace(documented, here)
    folders = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    conf = tmp_path / "nginx.conf"
    conf.write_text(f"pid {tmp_path}/pid; error_log stderr;events {{}} http {{ access_log off; {folders}\n{server}\n}}")
    client = ssl.create_default_context()
    authority.configure_trust(client)
    command = [nginx, "-c", str(conf), "-p", str(tmp_path)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL, timeout=PATIENCE)  # returns when it listens
    try:
        await _visit(port, client)
    finally:
        subprocess.run([*command, "-s", "stop"], check=True, stderr=subprocess.DEVNULL, timeout=PATIENCE)


async def _visit(port: int, client: ssl.SSLContext) -> None:
    name = "chat.example.org"
    connector = aiohttp.TCPConnector(resolver=_Here())
    page = f"https://{name}:{port}/"
    async with aiohttp.ClientSession(connector=connector) as session, session.get(page, ssl=client) as response:
        assert response.status == 200
        assert "main.js" in await response.text()
    address, origin = f"wss://{name}:{port}/ws", Origin(f"https://{name}:{port}")
    async with connect(
        address, host="127.0.0.1", port=port, ssl=client, origin=origin, subprotocols=[JSON_PROTOCOL]
    ) as peer:
        await peer.send('{"type":"hello"}')
        assert json.loads(await peer.recv())["type"] == "welcome"


class _Here(aiohttp.abc.AbstractResolver):
    """Every name is this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[aiohttp.abc.ResolveResult]:
        return [
            {
                "hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET, "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
        ]  # fmt: skip

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("line", ["Type=notify", "LimitNOFILE=", "StateDirectory=", "ProtectSystem=strict"])
def test_the_unit_is_hardened(line: str) -> None:
    assert line in (DEPLOY / "gateway.service").read_text()
