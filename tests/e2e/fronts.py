"""Real proxies in front of a gateway, set up as docs/deploy says; only ports and certificates are other ones."""

import os
import signal
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from ..nats import free_ports
from ..patience import PATIENCE
from ..processes import need, started
from .gateway import Gateway

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"
NAME = "chat.example.org"
FLAGS = ("--trust-proxy", "127.0.0.1", "--public-host", NAME)
"""Of the gateway, as the files say."""


@dataclass(frozen=True)
class Front:
    """A proxy. Clients come from addresses in `network`: by a PROXY header where it takes one, else from loopback's."""

    port: int
    raw_port: int
    tls: ssl.SSLContext
    network: str
    takes_proxy: bool

    def client(self, number: int) -> str:
        """One of the addresses."""
        return f"{self.network}{number}"

    def ask(self, source: str, path: str, *fields: str) -> bytes:
        """The answer to a request from this address."""
        with self.request(source, path, *fields) as peer:
            return peer.recv(65536)

    def request(self, source: str, path: str, *fields: str) -> ssl.SSLSocket:
        """A connection from this address on which something was asked for."""
        head = "\r\n".join([f"GET {path} HTTP/1.1", f"Host: {NAME}:{self.port}", *fields, "", ""])
        peer = self.tls.wrap_socket(self.connect(source, self.port), server_hostname=NAME)
        peer.sendall(head.encode("latin-1"))
        return peer

    def status(self, source: str, path: str, *fields: str) -> int:
        """The status of that answer."""
        answer = self.ask(source, path, *fields)
        assert answer.startswith(b"HTTP/1.1 "), answer
        return int(answer[9:12])

    def connect(self, source: str, port: int) -> socket.socket:
        """A connection from this address to one of the ports."""
        if not self.takes_proxy:
            return socket.create_connection(("127.0.0.1", port), PATIENCE, source_address=(source, 0))
        peer = socket.create_connection(("127.0.0.1", port), PATIENCE)
        peer.sendall(f"PROXY TCP4 {source} 127.0.0.1 50000 {port}\r\n".encode())
        return peer


def documented(name: str, certificates: Path, changes: dict[str, str]) -> str:
    """A file of docs/deploy, with what has to be another way here. Each change must be one."""
    text = (DEPLOY / name).read_text().replace("/etc/ssl", str(certificates))
    for there, here in changes.items():
        assert there in text, f"{name} has no {there!r}"
        text = text.replace(there, here)
    return text


def certify(folder: Path, *names: str) -> trustme.CA:
    """Write a certificate of these names, and its key, where docs/deploy has them in /etc/ssl; who issued it."""
    authority = trustme.CA()
    issued = authority.issue_cert(*names)
    key, chain = issued.private_key_pem.bytes(), b"".join(each.bytes() for each in issued.cert_chain_pems)
    (folder / f"{NAME}.key").write_bytes(key)
    (folder / f"{NAME}.pem").write_bytes(key + chain)
    return authority


@dataclass(frozen=True)
class _Place:
    """Where a proxy is set up."""

    folder: Path
    port: int
    raw_port: int
    gateway: Gateway

    def adapted(self, name: str, changes: dict[str, str]) -> str:
        """A file of docs/deploy as it is to be here."""
        file = self.folder / name
        file.write_text(
            documented(name, self.folder, {"127.0.0.1:8080": f"127.0.0.1:{self.gateway.http_port}", **changes})
        )
        return str(file)


@contextmanager
def nginx(place: _Place) -> Iterator[None]:
    program = need("nginx")
    server = place.adapted("nginx.conf", {"listen 443 ssl": f"listen 127.0.0.1:{place.port} ssl proxy_protocol"})
    folders = "".join(
        f"{kind}_temp_path {place.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = place.folder / "main.conf"
    main.write_text(
        f"pid {place.folder}/pid; error_log stderr; events {{}} http {{ access_log off; {folders}\n"
        f"set_real_ip_from 127.0.0.1; real_ip_header proxy_protocol;\ninclude {server};\n}}"
    )
    command = [program, "-c", str(main), "-p", str(place.folder)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL, timeout=PATIENCE)  # returns when it listens
    try:
        yield
    finally:
        subprocess.run([*command, "-s", "stop"], check=True, stderr=subprocess.DEVNULL, timeout=PATIENCE)


@contextmanager
def haproxy(place: _Place) -> Iterator[None]:
    program = need("haproxy")
    file = place.adapted(
        "haproxy.cfg",
        {
            "bind :443 ssl": f"bind 127.0.0.1:{place.port} accept-proxy ssl",
            "bind :7001": f"bind 127.0.0.1:{place.raw_port} accept-proxy",
            "127.0.0.1:8001": f"127.0.0.1:{place.gateway.tcp_port}",
        },
    )
    pid = place.folder / "pid"
    # It returns when it listens. Its warnings are of a small machine's limits.
    subprocess.run([program, "-D", "-q", "-p", str(pid), "-f", file], check=True, timeout=PATIENCE)
    try:
        yield
    finally:
        os.kill(int(pid.read_text()), signal.SIGTERM)


@contextmanager
def caddy(place: _Place) -> Iterator[None]:
    program = need("caddy")
    tls = f"\tbind 127.0.0.1\n\ttls {place.folder}/{NAME}.pem {place.folder}/{NAME}.key\n"
    file = place.adapted("Caddyfile", {f"\n{NAME} {{\n": f"\nhttps://{NAME}:{place.port} {{\n{tls}"})
    text = Path(file).read_text()
    Path(file).write_text(f"{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{text}")
    environment = {"PATH": os.environ["PATH"], "HOME": str(place.folder)}
    command = [program, "run", "--config", file, "--adapter", "caddyfile"]
    with started(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        lines = []
        try:
            for line in process.stderr:
                lines.append(line)
                if "serving initial configuration" in line:
                    break
            assert process.poll() is None, "".join(lines)
            yield
        finally:
            process.terminate()
            process.stderr.read()


KINDS: dict[str, Callable[[_Place], AbstractContextManager[None]]] = {
    "nginx": nginx,
    "haproxy": haproxy,
    "caddy": caddy,
}


@contextmanager
def front(kind: str, gateway: Gateway, folder: Path) -> Iterator[Front]:
    """A proxy of this kind before the gateway."""
    folder = folder / kind
    folder.mkdir()
    client = ssl.create_default_context()
    certify(folder, NAME).configure_trust(client)
    takes_proxy = kind != "caddy"  # it has learned that after Debian's version
    port, raw_port = free_ports(2)
    with ExitStack() as stack:
        place = _Place(folder, port, raw_port, gateway)
        stack.enter_context(KINDS[kind](place))
        network = "192.0.2." if takes_proxy else "127.0.2."
        yield Front(place.port, place.raw_port, client, network, takes_proxy)
