"""`gateway ready`, as the health check of a container runs it."""

import signal
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
import trustme

from gateway.guard.gate import PROBES, RESERVE
from gateway.web.door import HEAD_SECONDS

from ..nats import until
from ..patience import PATIENCE
from . import nursery
from .conftest import Start
from .gateway import Gateway

ANYBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
ANYBODY.check_hostname = False
ANYBODY.verify_mode = ssl.CERT_NONE


def ready(gateway: Gateway, **more: str) -> tuple[int, str]:
    environment: Mapping[str, str] = {"GATEWAY_HTTP_PORT": str(gateway.http_port), **more}
    ended = nursery.run(["ready"], seconds=20, environment=dict(environment))
    return ended.returncode, ended.stdout + ended.stderr


def test_it_tells_whether_there_is_a_gateway_that_is_ready(start: Start) -> None:
    gateway = start()
    assert ready(gateway) == (0, "ready\n")
    assert ready(gateway, GATEWAY_HOST="::") == (0, "ready\n")
    assert gateway.interrupt() == 0
    assert ready(gateway) == (1, f"gateway: not ready: port {gateway.http_port}: Connection refused\n")


def test_it_tells_why_what_is_said_can_not_be_stored(start: Start) -> None:
    gateway = start()
    gateway.store.rename(gateway.store.with_name("elsewhere"))
    status, told = ready(gateway)
    assert status == 1
    assert told.startswith("gateway: not ready: the file was moved away")


def test_it_asks_by_tls_where_that_is_set_whatever_name_the_certificate_has(start: Start, tmp_path: Path) -> None:
    issued = trustme.CA().issue_cert("chat.example.org")
    file = tmp_path / "tls.pem"
    file.write_bytes(issued.private_key_pem.bytes() + issued.cert_chain_pems[0].bytes())
    gateway = start("--tls-cert", str(file))
    assert ready(gateway, GATEWAY_TLS_CERT=str(file)) == (0, "ready\n")
    config = tmp_path / "gateway.toml"
    config.write_text(f'tls-cert = "{file}"\n')
    assert ready(gateway, GATEWAY_CONFIG=str(config)) == (0, "ready\n")
    assert ready(gateway)[0] == 1


def test_a_setting_that_can_not_be_is_its_own_status(start: Start) -> None:
    status, told = ready(start(), GATEWAY_HTTP_PORT="many")
    assert status == 2
    assert told.startswith("gateway: GATEWAY_HTTP_PORT: 'many' must be ")


@pytest.mark.parametrize("is_secret", [False, True])
def test_a_full_room_is_alive_and_ready_and_lets_nobody_in(start: Start, tmp_path: Path, is_secret: bool) -> None:
    """Who asks whether it lives was told that it is full, and had it killed, with everybody in it."""
    flags, scheme = [], "http"
    if is_secret:
        issued = trustme.CA().issue_cert("localhost")
        file = tmp_path / "tls.pem"
        file.write_bytes(issued.private_key_pem.bytes() + issued.cert_chain_pems[0].bytes())
        flags, scheme = ["--tls-cert", str(file)], "https"
    gateway = start(*flags, descriptors=RESERVE + 2)
    with ExitStack() as places:
        for _ in range(2):
            raw = places.enter_context(socket.create_connection(("127.0.0.1", gateway.tcp_port)))
            if is_secret:
                places.enter_context(ANYBODY.wrap_socket(raw))
        gateway.wait_for_log("came by raw", 2)
        # And though more than have a place for that say nothing at the same door.
        for _ in range(PROBES * 2):
            places.enter_context(socket.create_connection(("127.0.0.1", gateway.http_port)))
        gateway.wait_for_log(": full", PROBES)
        page = f"{scheme}://localhost:{gateway.http_port}"
        assert [asked(f"{page}{path}") for path in ("/healthz", "/readyz")] == [(200, "ok\n")] * 2
        status, told = asked(f"{page}/")
        assert (status, "full" in told) == (503, True)
        assert asked(f"{page}/messages")[0] == 503
        assert ready(gateway, **({"GATEWAY_TLS_CERT": str(file)} if is_secret else {})) == (0, "ready\n")


@pytest.mark.parametrize("loop", ["uvloop", "epoll"])
@pytest.mark.parametrize("is_draining", [False, True])
def test_who_is_turned_away_by_tls_is_gone_at_once(start: Start, tmp_path: Path, loop: str, is_draining: bool) -> None:
    """A close by TLS waits for the peer's: past --per-ip one address had all descriptors, of such as had no place."""
    issued = trustme.CA().issue_cert("localhost")
    file = tmp_path / "tls.pem"
    file.write_bytes(issued.private_key_pem.bytes() + issued.cert_chain_pems[0].bytes())
    places_for = 4 * PROBES if is_draining else 2
    gateway = start("--tls-cert", str(file), "--drain-seconds", "20", "--loop", loop, descriptors=RESERVE + places_for)
    process = psutil.Process(gateway.pid)
    with ExitStack() as places:
        for _ in range(2):
            places.enter_context(secured(gateway.tcp_port))
        gateway.wait_for_log("came by raw", 2)
        before = process.num_fds()
        if is_draining:
            gateway.signal(signal.SIGTERM)
            gateway.wait_for_log("stopping")
        port = gateway.tcp_port if is_draining else gateway.http_port
        for _ in range(3 * PROBES):
            places.enter_context(secured(port))
        until(lambda: process.num_fds() <= before + PROBES + 1, HEAD_SECONDS / 2)
    gateway.judged = True


def secured(port: int) -> ssl.SSLSocket:
    """Somebody who is silent by TLS."""
    return ANYBODY.wrap_socket(socket.create_connection(("127.0.0.1", port)))


def asked(url: str, client: str = "127.0.0.1") -> tuple[int, str]:
    """What it answers somebody behind a proxy."""
    request = urllib.request.Request(url, headers={"X-Forwarded-For": client})
    try:
        with urllib.request.urlopen(request, context=ANYBODY, timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def test_who_has_too_many_connections_behind_a_proxy_may_ask_too(start: Start) -> None:
    gateway = start("--trust-proxy", "127.0.0.1", "--per-ip", "1")
    with socket.create_connection(("127.0.0.1", gateway.http_port)) as listening:
        listening.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n")
        assert listening.recv(15) == b"HTTP/1.1 200 OK"
        paths = ("healthz", "readyz", "", "messages")
        assert [asked(f"{gateway.page}{path}", "192.0.2.7")[0] for path in paths] == [200, 200, 503, 503]
