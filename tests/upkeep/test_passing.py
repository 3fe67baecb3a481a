"""What the parent of workers answers, of workers that are there, are not, or end meanwhile; over real sockets."""

import asyncio
import io
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from gateway.config import SettingError, Settings
from gateway.stores import StoreError
from gateway.upkeep import asking, passing
from gateway.upkeep.asking import UpkeepError, asked
from gateway.upkeep.control import Asker, Control, Handler, listening
from gateway.upkeep.passing import NOBODY, PIECE, Passing
from gateway.upkeep.places import control_path, identity
from gateway.upkeep.words import AnAnswer, Ask, Progress, Silent, Told, What

DATA = bytes(range(256)) * (PIECE // 256 * 3) + b"end"

Open = Callable[..., Awaitable[None]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=f"sqlite:{tmp_path}/room.db")


@pytest.fixture
async def opened(settings: Settings) -> AsyncIterator[Open]:
    """Opens a worker that answers all alike."""
    async with AsyncExitStack() as stack:

        async def open_worker(name: str, handler: Handler) -> None:
            await _open(stack, settings, dict.fromkeys(("status", "backup", "export"), handler), name)

        await _open(stack, settings, Passing(settings, ["1", "2"], nothing).handlers)
        yield open_worker


async def _open(stack: AsyncExitStack, settings: Settings, handlers: Mapping[str, Handler], worker: str = "") -> None:
    control = await listening(settings, lambda _: handlers, worker)
    assert isinstance(control, Control)
    stack.push_async_callback(control.close)


async def nothing() -> list[str]:
    return ["nothing"]


async def answers(
    settings: Settings, what: What, into: io.BytesIO | None = None, *, worker: str = ""
) -> list[AnAnswer]:
    ask = Ask(what, identity(settings))
    return await asyncio.to_thread(lambda: list(asked(control_path(settings, worker), ask, into)))


def telling(line: str) -> Handler:
    async def tell(_: Ask, asker: Asker) -> None:
        await asker.tell(Told(line))

    return tell


async def giving(_: Ask, asker: Asker) -> None:
    await asker.progress(1, 2)
    await asker.give(DATA)


async def failing(_: Ask, asker: Asker) -> None:
    raise StoreError("it is full")


async def ending(_: Ask, asker: Asker) -> None:
    raise ConnectionResetError


async def ending_midway(_: Ask, asker: Asker) -> None:
    await asker.give(DATA)
    raise ConnectionResetError


async def test_each_worker_tells_how_it_is(settings: Settings, opened: Open) -> None:
    await opened("1", telling("one"))
    await opened("2", telling("two"))
    assert await answers(settings, "status") == [Told("one"), Told("two")]


@pytest.mark.parametrize("second", [None, ending, "hangs"])
async def test_a_worker_that_does_not_answer_is_told_of(
    settings: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch, second: Handler | str | None
) -> None:
    async def hang(_: Ask, asker: Asker) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(passing, "PATIENCE", 0.2)
    await opened("1", telling("one"))
    if second is not None:
        await opened("2", hang if isinstance(second, str) else second)
    assert await answers(settings, "status") == [Told("one"), Silent("2")]


async def test_a_gateway_that_hangs_is_told_of(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PATIENCE", 0.2)
    with socket.socket(socket.AF_UNIX) as hung:
        hung.bind(str(control_path(settings)))
        hung.listen()
        with pytest.raises(UpkeepError, match="the gateway there does not answer"):
            await answers(settings, "status")


@pytest.mark.parametrize("first", [None, ending], ids=["is not there", "was killed, as it hung"])
@pytest.mark.parametrize("what", ["backup", "export"])
async def test_one_worker_gives_the_room(settings: Settings, opened: Open, what: What, first: Handler | None) -> None:
    if first is not None:
        await opened("1", first)
    await opened("2", giving)
    copy = io.BytesIO()
    told = await answers(settings, what, copy)
    assert told[0] == Progress(1, 2)
    assert copy.getvalue() == DATA


@pytest.mark.parametrize("what", ["status", "backup"])
async def test_where_no_worker_is_that_is_told(settings: Settings, opened: Open, what: What) -> None:
    with pytest.raises(UpkeepError) as raised:
        await answers(settings, what)
    assert str(raised.value) == NOBODY


async def test_what_is_not_whole_is_told(settings: Settings, opened: Open) -> None:
    await opened("1", ending_midway)
    await opened("2", giving)
    with pytest.raises(UpkeepError, match="ended before it was done"):
        await answers(settings, "backup", io.BytesIO())


async def test_what_a_worker_can_not_do_is_told_in_its_words(settings: Settings, opened: Open) -> None:
    await opened("1", failing)
    with pytest.raises(UpkeepError, match=r"^it is full$"):
        await answers(settings, "backup", io.BytesIO())


async def test_the_parent_reloads_and_a_worker_does_not(settings: Settings, opened: Open) -> None:
    await opened("1", giving)
    assert await answers(settings, "reload") == [Told("nothing")]
    with pytest.raises(UpkeepError, match=r"^a worker does not do that by itself"):
        await answers(settings, "reload", worker="1")


async def test_what_is_wrong_with_settings_is_told_to_who_asks(settings: Settings) -> None:
    async def reload() -> list[str]:
        raise SettingError("all stays as it was: --rate: no number")

    async with AsyncExitStack() as stack:
        await _open(stack, settings, Passing(settings, [], reload).handlers)
        with pytest.raises(UpkeepError, match=r"^all stays as it was: --rate: no number$"):
            await answers(settings, "reload")
