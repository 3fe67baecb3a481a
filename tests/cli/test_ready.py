"""How it is asked whether a gateway is ready; what it answers is in e2e/test_ready."""

import socket
from contextlib import closing
from pathlib import Path

import pytest

from gateway.cli.ready import SECONDS, _connection
from gateway.config import Settings


@pytest.mark.parametrize("is_path", [True, False], ids=["path", "port"])
def test_one_that_hangs_is_not_waited_for_for_ever(tmp_path: Path, is_path: bool) -> None:
    family = socket.AF_UNIX if is_path else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.bind(str(tmp_path / "web") if is_path else ("127.0.0.1", 0))
        listener.listen()
        port = f"unix:{tmp_path}/web" if is_path else listener.getsockname()[1]
        with closing(_connection(Settings(http_port=port))) as connection:
            assert connection.sock.gettimeout() == SECONDS
