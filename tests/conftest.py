"""What holds for every test.

It touches nothing of who runs it, neither their ports nor their files. And hypothesis runs at random where people work,
but in CI always the same, so that what is red there is red again; what a random run found is kept where CI runs it too:
bytes as a file in tests/corpus, all else as an `@example`.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings

from gateway.config import Settings

settings.register_profile("people", deadline=None)  # a busy machine is no fault of a test
settings.register_profile("ci", parent=settings.get_profile("people"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") or os.environ.get("SKIP_NOTHING") else "people")


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state folder of the test's own: the user's room, history and settings are none of its business."""
    for variable in [each for each in os.environ if each.startswith("GATEWAY_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture(autouse=True, scope="session")
def _as_beside_make_run() -> Iterator[None]:
    """In CI the ports of `make run` are taken while all tests run, as they are where a room is open.

    Elsewhere they are left alone, so that one may be opened meanwhile.
    """
    usual = Settings()
    with ExitStack() as held:
        for port in (usual.tcp_port, usual.http_port) if os.environ.get("CI") else ():
            taken = held.enter_context(socket.socket())
            try:
                taken.bind((usual.host, port))
                taken.listen()
            except OSError:  # by a room, or by pytest-xdist's other workers
                continue
        yield
