"""Sockets that are files: for a proxy on this machine, which is believed, and for who is here."""

import asyncio
import os
import re
import signal
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from ..nats import free_ports
from ..patience import PATIENCE
from ..processes import need
from ..tables import in_worlds
from . import nursery
from .clients import pipe
from .conftest import Start
from .fronts import NAME, certify, documented
from .gateway import Gateway, ended
from .peers import Raw, speaking
from .test_workers import FLAGS


class Socketed(Gateway):
    """A gateway whose ports are files; its banner tells no numbers."""

    def _found(self, pattern: str) -> int:
        return 0


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A short path: a socket's has 107 bytes at most."""
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"gw-{os.getpid()}"
    path.mkdir(mode=0o755)
    yield path
    for each in path.iterdir():
        each.unlink()
    path.rmdir()


def ports_in(folder: Path) -> list[str]:
    return ["--tcp-port", f"unix:{folder}/raw", "--http-port", f"unix:{folder}/web"]


@asynccontextmanager
async def nc(folder: Path, *, greeted: bool = True, first: bytes = b"") -> AsyncIterator[Raw]:
    opened = await asyncio.open_unix_connection(str(folder / "raw"))
    async with speaking(*opened, greeted=greeted, first=first) as peer:
        yield peer


async def ask(folder: Path, path: str, **fields: str) -> tuple[int, str]:
    connector = aiohttp.UnixConnector(str(folder / "web"))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get(f"http://localhost/{path}", headers=fields) as response,
    ):
        return response.status, await response.text()


@pytest.mark.parametrize("flags", [(), in_worlds(FLAGS)], ids=["one", "workers"])
async def test_both_ports_are_files_as_long_as_it_runs(start: Start, folder: Path, flags: tuple[str, ...]) -> None:
    gateway = start(*ports_in(folder), *flags, kind=Socketed)
    assert f"nc -U {folder}/raw" in gateway.banner
    assert f"curl --unix-socket {folder}/web http://localhost/events" in gateway.banner
    assert {(each.name, each.stat().st_mode & 0o777) for each in folder.iterdir()} == {("raw", 0o660), ("web", 0o660)}
    async with nc(folder) as ann, nc(folder) as bob:
        await bob.type_lines()
        await ann.send(b"hello\n\n")
        assert re.search(r"guest-\w{6}: hello", await bob.until("hello"))
    assert (await ask(folder, "readyz"))[0] == 200
    assert 'data-tcp-port=""' in (await ask(folder, ""))[1]
    assert gateway.interrupt() == 0
    assert list(folder.iterdir()) == []


async def test_who_listens_only_is_greeted_and_who_speaks_at_once_is_heard(start: Start, folder: Path) -> None:
    start(*ports_in(folder), kind=Socketed)
    async with nc(folder) as ann:
        assert ann.greeting == "你已连接到服务器,IP为127.0.0.1:0\n\n"
        async with nc(folder, first=b"PROSE begins so\n\n") as bob:
            assert bob.greeting
            assert "PROSE begins so" in await ann.until("\n\n")
        async with nc(folder, first=b"short\n", greeted=False) as carl:
            carl.writer.write_eof()
            assert "short" in await ann.until("\n\n")


async def test_gateway_chat_comes_by_it(start: Start, folder: Path) -> None:
    start(*ports_in(folder), kind=Socketed)
    async with nc(folder) as ann:
        ended = await asyncio.to_thread(pipe, f"unix:{folder}/raw", "--name", "ci", stdin="one\ntwo\n")
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
        assert "来自ci的消息:one\n\n来自ci的消息:two" in await ann.until("two\n\n")
    gone = await asyncio.to_thread(pipe, f"unix:{folder}/none", stdin="one\n")
    assert gone.returncode == 1
    assert f"unix:{folder}/none" in gone.stderr


@pytest.mark.parametrize("is_secure", [False, True], ids=["plain", "tls"])
async def test_gateway_ready_asks_by_it(start: Start, folder: Path, tmp_path: Path, *, is_secure: bool) -> None:
    certify(tmp_path, NAME)
    chain = str(tmp_path / f"{NAME}.pem") if is_secure else ""
    environment = {"GATEWAY_HTTP_PORT": f"unix:{folder}/web", "GATEWAY_TLS_CERT": chain}
    gateway = start(*ports_in(folder), *(["--tls-cert", chain] if chain else []), kind=Socketed)
    found = await asyncio.to_thread(nursery.run, ["ready"], seconds=20, environment=environment)
    assert (found.returncode, found.stdout) == (0, "ready\n"), found.stderr
    assert gateway.interrupt() == 0
    found = await asyncio.to_thread(nursery.run, ["ready"], seconds=20, environment=environment)
    assert found.returncode == 1
    assert found.stderr == f"gateway: not ready: unix:{folder}/web: No such file or directory\n"


async def test_a_header_or_field_says_who_it_is(start: Start, folder: Path) -> None:
    gateway = start(*ports_in(folder), "--password", "sesame", "--per-ip", "1", kind=Socketed)
    header = b"PROXY TCP4 198.51.100.8 198.51.100.1 4711 8001\r\n"
    async with nc(folder, first=header) as ann:
        assert ann.greeting.startswith("你已连接到服务器,IP为198.51.100.1:8001\n\n")  # what it has to give may be here
        async with nc(folder, first=header, greeted=False) as second:
            assert "too many connections" in await second.rest()
        async with nc(folder, first=b"PROXY TCP4 nonsense\r\n", greeted=False) as third:
            assert await third.rest() == ""
    for forwarded, told in (({"X-Forwarded-For": "198.51.100.9"}, "198.51.100.9"), ({}, "127.0.0.1")):
        assert (await ask(folder, "messages", Authorization="Bearer wrong", **forwarded))[0] == 401
        await asyncio.to_thread(gateway.wait_for_log, f"refused {told}: password-wrong")
    assert (await ask(folder, "messages", **{"X-Forwarded-For": "nobody"}))[0] == 400


async def test_what_the_dead_left_is_replaced_and_what_lives_is_left_alone(start: Start, folder: Path) -> None:
    first = start(*ports_in(folder), kind=Socketed)
    refused = ended(*ports_in(folder), "--store", "memory:")
    assert refused.returncode == 1
    assert f"--http-port unix:{folder}/web: another server listens there; stop that one" in refused.stderr
    assert "Traceback" not in refused.stderr
    async with nc(folder):
        pass
    first.kill()
    assert {each.name for each in folder.iterdir()} == {"raw", "web"}
    start(*ports_in(folder), "--socket-mode", "0600", kind=Socketed)
    async with nc(folder):
        assert (folder / "raw").stat().st_mode & 0o777 == 0o600
    checked = ended("--check", *ports_in(folder), "--store", "memory:")
    assert checked.returncode == 1
    assert "another server listens there" in checked.stderr  # by its command it is no gateway: tests fork theirs


@pytest.mark.parametrize(
    ("where", "status", "expected"),
    [
        ("unix:{0}/file", 1, "that is a file, and no socket"),
        ("unix:{0}/none/raw", 1, "its folder is not there"),
        ("unix:", 2, "must be unix: and a path"),
        ("unix:" + "x" * 200, 2, "must be unix: and a path of at most 107 bytes"),
    ],
)
@pytest.mark.parametrize("check", [(), ("--check",)], ids=["start", "check"])
def test_where_none_can_be_is_told(
    folder: Path, where: str, status: int, expected: str, check: tuple[str, ...]
) -> None:
    (folder / "file").touch()
    refused = ended("--tcp-port", where.format(folder), "--store", "memory:", *check)
    assert (refused.returncode, expected in refused.stderr) == (status, True), refused.stderr
    assert {each.name for each in folder.iterdir()} == {"file"}


async def test_tls_is_spoken_there_too(start: Start, folder: Path, tmp_path: Path) -> None:
    """By who is here, and by a proxy that passes its client's TLS through."""
    client = ssl.create_default_context()
    certify(tmp_path, "localhost").configure_trust(client)
    gateway = start(*ports_in(folder), "--tls-cert", f"{tmp_path}/{NAME}.pem", kind=Socketed)
    for header, own in ((b"", "127.0.0.1:0"), (b"PROXY TCP4 198.51.100.8 198.51.100.1 1 2\r\n", "198.51.100.1:2")):

        def greeting(header: bytes = header) -> bytes:
            with socket.socket(socket.AF_UNIX) as plain:
                plain.settimeout(PATIENCE)
                plain.connect(str(folder / "raw"))
                plain.sendall(header)
                with client.wrap_socket(plain, server_hostname="localhost") as peer:
                    return peer.recv(1000)

        assert own in (await asyncio.to_thread(greeting)).decode()
    assert gateway.interrupt(signal.SIGINT) == 0


# --- behind real proxies, as docs/deploy has them ---


@contextmanager
def nginx(folder: Path, port: int, place: Path) -> Iterator[ssl.SSLContext]:
    program = need("nginx")
    client = ssl.create_default_context()
    certify(place, NAME).configure_trust(client)
    changes = {"/run/gateway/web.sock": f"{folder}/web", "listen 443 ssl": f"listen 127.0.0.1:{port} ssl"}
    (place / "server.conf").write_text(documented("nginx-sockets.conf", place, changes))
    temporary = "".join(
        f"{kind}_temp_path {place}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = place / "main.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    main.write_text(
        f"{user} pid {place}/pid; error_log stderr; events {{}} http {{ access_log off; {temporary}\n"
        f"include {place}/server.conf;\n}}"
    )
    command = [program, "-c", str(main), "-p", str(place)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL, timeout=PATIENCE)  # returns when it listens
    try:
        yield client
    finally:
        subprocess.run([*command, "-s", "stop"], check=True, stderr=subprocess.DEVNULL, timeout=PATIENCE)


async def test_behind_nginx_a_client_is_who_nginx_saw(start: Start, folder: Path, tmp_path: Path) -> None:
    gateway = start(*ports_in(folder), "--public-host", NAME, "--password", "sesame", kind=Socketed)
    (port,) = free_ports(1)
    with nginx(folder, port, tmp_path) as client:
        connector = aiohttp.TCPConnector(ssl=client, local_addr=("127.0.2.7", 0), resolver=Here())
        async with aiohttp.ClientSession(connector=connector) as session:
            forged = {"X-Forwarded-For": "203.0.113.99", "Authorization": "Bearer wrong"}
            async with session.get(f"https://{NAME}:{port}/messages", headers=forged) as response:
                assert response.status == 401
            await asyncio.to_thread(gateway.wait_for_log, "refused 127.0.2.7: password-wrong")
            address = f"https://{NAME}:{port}/ws"
            origin = f"https://{NAME}:{port}"
            async with session.ws_connect(address, protocols=["chat.v1.json"], origin=origin) as member:
                await member.send_json({"type": "hello", "password": "sesame"})
                assert (await member.receive_json())["type"] == "welcome"
        await asyncio.to_thread(gateway.wait_for_log, "from 127.0.2.7 ended: ")


class Here(aiohttp.abc.AbstractResolver):
    """Every name is this machine's."""

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[Any]:
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": family, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        pass


async def test_behind_haproxy_the_raw_port_knows_who_comes(start: Start, folder: Path, tmp_path: Path) -> None:
    program = need("haproxy")
    gateway = start(*ports_in(folder), kind=Socketed)
    certify(tmp_path, NAME)
    web, port = free_ports(2)
    changes = {
        "bind :443": f"bind 127.0.0.1:{web}",
        "bind :7001": f"bind 127.0.0.1:{port}",
        "127.0.0.1:8001": f"unix@{folder}/raw",
        "127.0.0.1:8080": f"unix@{folder}/web",
    }
    (tmp_path / "haproxy.cfg").write_text(documented("haproxy.cfg", tmp_path, changes))
    pid = tmp_path / "pid"
    command = [program, "-D", "-q", "-p", str(pid), "-f", str(tmp_path / "haproxy.cfg")]
    subprocess.run(command, check=True, timeout=PATIENCE)  # returns when it listens
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.3.9", 0))
        await Raw(reader, writer).until("\n\n")
        writer.write(b"\r\n")
        await asyncio.to_thread(gateway.wait_for_log, "from 127.0.3.9 ended: ")
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
    finally:
        os.kill(int(pid.read_text()), signal.SIGTERM)
