"""The real nats-server, for the stores that need one."""

from collections.abc import Iterator

import pytest

from ..nats import NatsServer, lone_server


@pytest.fixture(scope="session")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """A nats-server for all."""
    server = lone_server(tmp_path_factory.mktemp("nats"))
    yield server
    server.kill()
