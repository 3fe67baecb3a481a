"""What says who we are, and whom we trust, is renewed in its file: the connection comes back, nobody restarts.

By a server that reloads its configuration, which cuts off who is connected, and by one that is started again.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import trustme

from gateway.stores import EndedError, StoreError
from gateway.stores.jetstream import JetStreamStore
from gateway.stores.jetstream.nats import Place

from ...nats import NatsServer, lone_server
from ...papers import Office
from ...patience import PATIENCE
from ...samples import a_draft

pytestmark = pytest.mark.nats

Serve = Callable[[str], NatsServer]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """A nats-server with a configuration; it is ended."""
    started: list[NatsServer] = []

    def start(more: str) -> NatsServer:
        started.append(lone_server(tmp_path, more))
        return started[-1]

    yield start
    for server in started:
        server.kill()


@asynccontextmanager
async def opened(place: Place) -> AsyncIterator[JetStreamStore]:
    store = await JetStreamStore.open(place, 1000, 10**6, 65536)
    try:
        await store.append([a_draft("before")])
        yield store
    finally:
        await store.close()


async def comes_back(store: JetStreamStore, after: int) -> None:
    """By a connection that is another one than the first so many."""
    async with asyncio.timeout(PATIENCE):
        while store._link.client.stats["reconnects"] <= after or not store.is_connected:
            await asyncio.sleep(0.01)
        while True:  # JetStream may not be there yet
            with suppress(StoreError):
                await store.append([draft])
                return
            await asyncio.sleep(0.01)


draft = a_draft("after")


def password(word: str) -> str:
    return f"authorization {{ users = [{{ user: gw, password: {word} }}] }}"


def reloaded(server: NatsServer) -> None:
    server.reload()


def restarted(server: NatsServer) -> None:
    server.kill()
    server.start()


@pytest.mark.parametrize("how", [reloaded, restarted])
@pytest.mark.parametrize("is_file_first", [True, False])
async def test_another_password(
    tmp_path: Path, serve: Serve, how: Callable[[NatsServer], None], is_file_first: bool
) -> None:
    """A gateway whose file was read at its start alone ended: authorization failed."""
    server, file = serve(password("old")), tmp_path / "password"
    file.write_text("old\n")
    async with opened(Place.parse(f"nats://gw@127.0.0.1:{server.port}/r", password_file=str(file))) as store:
        server.configure(password("new"))
        if is_file_first:
            file.write_text("new\n")
        how(server)
        if not is_file_first:
            async with asyncio.timeout(PATIENCE):
                while "authorization" not in store._link._problem.lower():
                    await asyncio.sleep(0.01)
            file.write_text("new\n")
        await comes_back(store, 0)
        assert [message.text for message in await store.read(0, 9)] == ["before", "after"]


async def test_a_password_that_no_file_has_can_not_be_renewed(serve: Serve) -> None:
    server = serve(password("old"))
    async with opened(Place.parse(f"nats://gw:old@127.0.0.1:{server.port}/r")) as store:
        server.configure(password("new"))
        server.reload()
        async with asyncio.timeout(PATIENCE):
            while not store._link.client.is_closed:
                await asyncio.sleep(0.01)
        with pytest.raises(EndedError, match="authorization failed; start again"):
            await store.check()


def with_tls(folder: Path, authority: trustme.CA) -> str:
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    return f'tls {{ cert_file: "{folder}/cert.pem", key_file: "{folder}/key.pem" }}'


async def test_another_authority(tmp_path: Path, serve: Serve) -> None:
    old, new, file = trustme.CA(), trustme.CA(), tmp_path / "ca.pem"
    server = serve(with_tls(tmp_path, old))
    old.cert_pem.write_to_path(file)
    async with opened(Place.parse(f"tls://127.0.0.1:{server.port}/r", authority=str(file))) as store:
        server.kill()
        server.configure(with_tls(tmp_path, new))
        new.cert_pem.write_to_path(file)
        server.start()
        await comes_back(store, 0)


@pytest.mark.parametrize("how", ["revoked", "restarted"])
async def test_another_user(tmp_path: Path, serve: Serve, how: str) -> None:
    office, file = Office(), tmp_path / "room.creds"
    server = serve(office.configuration)
    file.write_text(office.creds())
    async with opened(Place.parse(f"nats://127.0.0.1:{server.port}/r", str(file))) as store:
        ends = []
        for end in (0, int(time.time()) + 3600):
            file.write_text(office.creds(end))
            await store.look()
            ends.append(store.credentials_end)
        assert ends == [None, end]
        if how == "revoked":
            client = store._link.client
            await client._process_err("'User Authentication Revoked'")
        else:
            restarted(server)
        await comes_back(store, 0)


async def test_what_is_half_written_leaves_what_was_read_before(
    tmp_path: Path, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """What nats-py came upon in such a file ended its task that connects again: the room was away for good."""
    office, file = Office(), tmp_path / "room.creds"
    server = serve(office.configuration)
    file.write_text(office.creds())
    async with opened(Place.parse(f"nats://127.0.0.1:{server.port}/r", str(file))) as store:
        file.write_text(office.creds()[:100])
        restarted(server)
        await comes_back(store, 0)
    told = f"--nats-creds {file}: no whole .creds file, with a user's JWT and seed; what was read before counts"
    assert caplog.messages.count(told) == 1
