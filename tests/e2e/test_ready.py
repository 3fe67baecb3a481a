"""`gateway ready`, as the health check of a container runs it."""

from collections.abc import Mapping
from pathlib import Path

import trustme

from . import nursery
from .conftest import Start
from .gateway import Gateway


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
