"""Of which store a gateway answers at its socket: of its own, whoever else's would have one of that name."""

import asyncio
import io
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, get_args

import pytest

from gateway.config import Settings, state_folder
from gateway.stores.opening import open_store
from gateway.upkeep.asking import NobodyError, asked
from gateway.upkeep.control import Asker, Control, listening
from gateway.upkeep.keeping import back_up, write_out
from gateway.upkeep.passing import Passing
from gateway.upkeep.places import control_path, identity, reachable
from gateway.upkeep.words import MAX_ASKED, AnAnswer, Ask, Told, What

from ..nats import NatsServer, url
from ..patience import PATIENCE
from ..samples import a_draft

Serve = Callable[..., Awaitable[Control | None]]
ALL: tuple[What, ...] = get_args(What)
HERE = "nats://127.0.0.1:1/room"
REFUSED = (
    r"^no gateway of this room runs there \(/\S+\.sock is that of {}\): "
    "start it, or give the --store or --config that it was started with$"
)


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Listens for a gateway with these settings, which tells one line, and gives it, whatever it is asked."""
    async with AsyncExitStack() as stack:

        async def open_control(line: str, worker: str = "", **settings: Any) -> Control | None:
            async def tell(_: Ask, asker: Asker) -> None:
                await asker.tell(Told(line))
                await asker.give(line.encode())

            control = await listening(Settings(**settings), lambda _: dict.fromkeys(ALL, tell), worker)
            if control is not None:
                stack.push_async_callback(control.close)
            return control

        yield open_control


async def told(what: What = "status", **settings: Any) -> list[AnAnswer]:
    own = Settings(**settings)
    answers = await asyncio.to_thread(lambda: list(asked(control_path(own), Ask(what, identity(own)))))
    return [each for each in answers if isinstance(each, Told)]


@pytest.mark.parametrize("what", ALL)
@pytest.mark.parametrize(
    "other",
    [
        {"store": "nats://127.0.0.2:1/room"},
        {"store": "nats://127.0.0.1:2/room"},
        {"store": "nats://127.0.0.1:1,127.0.0.2:1/room"},
        {"store": "tls://127.0.0.1:1/room"},
        {"store": "nats://production:x@127.0.0.1:1/room"},
        {"store": HERE, "nats_creds": "/etc/production.creds"},
        {"embedded_nats": True},
    ],
    ids=repr,
)
async def test_of_another_store_nothing_is_told(serve: Serve, what: What, other: dict[str, Any]) -> None:
    """Each has a socket of the same name."""
    assert control_path(Settings(**other)) == control_path(Settings(store=HERE))
    await serve("here", store=HERE)
    assert await told(what, store=HERE) == [Told("here")]
    with pytest.raises(NobodyError, match=REFUSED.format(HERE)):
        await told(what, **other)


@pytest.mark.parametrize(
    ("own", "shown"),
    [
        ({"store": "nats://token@127.0.0.1:1/room"}, "nats://…@127.0.0.1:1/room, where … is who it was started as"),
        ({"store": "nats://bob:word@127.0.0.1:1/room"}, "nats://…@127.0.0.1:1/room, where … is who it was started as"),
        ({"store": HERE, "nats_creds": "/etc/my.creds"}, f"{HERE} with --nats-creds"),
    ],
    ids=repr,
)
async def test_who_asks_as_another_is_told_what_is_missing_and_no_secret(
    serve: Serve, own: dict[str, Any], shown: str
) -> None:
    await serve("here", **own)
    with pytest.raises(NobodyError, match=REFUSED.format(shown)):
        await told(store=HERE)


async def test_a_question_without_an_end_is_read_no_further(serve: Serve) -> None:
    await serve("here", store=HERE)
    with reachable(control_path(Settings(store=HERE))) as address:
        reader, writer = await asyncio.open_unix_connection(address)
    writer.write(b"x" * (2 * MAX_ASKED + 1))
    async with asyncio.timeout(PATIENCE):
        assert b"does not know what is asked" in await reader.readline()
    writer.close()


async def test_embedded_nats_is_told_as_the_flag(serve: Serve) -> None:
    await serve("here", embedded_nats=True)
    assert await told(embedded_nats=True) == [Told("here")]
    with pytest.raises(NobodyError, match=REFUSED.format("--embedded-nats")):
        await told(store="nats://127.0.0.1:1/room")


async def test_a_file_in_the_state_folder_is_not_the_room_of_its_name(serve: Serve) -> None:
    file = state_folder("--store") / "memory"
    await serve("the file", store=f"sqlite:{file}")
    with pytest.raises(NobodyError, match=REFUSED.format(f"sqlite:{file}")):
        await told(store="memory:")


async def test_the_same_store_is_known_in_whatever_way_it_is_said(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file by any path; a server by another password, as when that has just been changed in the file of settings."""
    monkeypatch.chdir(tmp_path)
    await serve("file", store=f"sqlite:{tmp_path}/room.db", nats_creds="/etc/none.creds")
    await serve("server", store="nats://bob:old@127.0.0.1:1/room", nats_creds="a.creds")
    (tmp_path / "link").symlink_to(tmp_path)
    assert await told(store="sqlite:room.db") == [Told("file")]
    assert await told(store=f"sqlite:{tmp_path}/link/room.db") == [Told("file")]
    there: dict[str, Any] = {"store": "nats://bob:new@127.0.0.1:1/room", "nats_creds": f"{tmp_path}/a.creds"}
    assert await told(**there) == [Told("server")]
    assert await told(**there | {"store": "nats://b%6Fb:new@127.0.0.1:1/room"}) == [Told("server")]


async def test_what_another_gateway_has_is_never_written_out(serve: Serve, tmp_path: Path) -> None:
    """Nobody has the room that is meant, and so that is told."""
    file = state_folder("--store") / "memory"
    await serve("of the file", store=f"sqlite:{file}")
    out, copy = io.BytesIO(), tmp_path / "copy"
    with pytest.raises(NobodyError, match=REFUSED.format(f"sqlite:{file}")):
        await asyncio.to_thread(write_out, out, Settings(store="memory:"), secrets=False)
    with pytest.raises(NobodyError, match=REFUSED.format(f"sqlite:{file}")):
        await asyncio.to_thread(back_up, copy, Settings(store="memory:"), lambda *_: None)
    assert out.getvalue() == b""
    assert not copy.exists()


async def test_the_room_that_is_meant_is_written_out_though_another_has_its_socket(
    serve: Serve, nats: NatsServer
) -> None:
    room = secrets.token_hex(4)
    there = Settings(store=url([nats], room))
    store = await open_store(there)
    await store.append([a_draft("of the room that is meant")])
    await store.close()
    await serve("of another", store=f"nats://127.0.0.1:1/{room}")
    out = io.BytesIO()
    await asyncio.to_thread(write_out, out, there, secrets=False)
    assert b"of the room that is meant" in out.getvalue()
    assert b"of another" not in out.getvalue()


async def test_a_parent_passes_over_the_worker_of_another_room(serve: Serve) -> None:
    """Which has the name of its own third one, as it was begun while this gateway had two."""
    await serve("one", "1", store=HERE)
    await serve("another's", "2", store="nats://127.0.0.2:1/room")
    parent = Settings(embedded_nats=True)  # whose workers know it by what their NATS is called
    passing = Passing(Settings(store=HERE), ["1", "2"], nothing)
    control = await listening(parent, lambda _: passing.handlers)
    assert control is not None
    try:
        assert await told(embedded_nats=True) == [Told("one")]
    finally:
        await control.close()


async def nothing() -> list[str]:
    return []


async def test_who_has_no_socket_touches_nothing_beside_it(serve: Serve) -> None:
    """A Desk removes what a dead one has left there: that is the copy which a living one makes."""
    await serve("first", store=HERE)

    def handlers(path: Path) -> dict[str, Any]:
        raise AssertionError(path)

    assert await listening(Settings(store="nats://127.0.0.2:1/room"), handlers) is None
