"""What the commands do that keep a room: each to its end, in a process of its own. Returns the line that tells it."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

from ..config import Settings, path_of
from ..faults import bare
from ..stores import InUseError, Store
from ..stores.copying import copy_in
from ..stores.filling import discard
from ..stores.opening import module_of, open_to_read
from ..stores.ownership import check_filled
from .asking import NobodyError, UpkeepError, asked
from .backup import copied, replaceable
from .lines import LineReader, exported
from .moving import Filled, move, read_in
from .places import control_path, identity, shown
from .restoring import restore
from .saving import saved
from .words import Ask, Progress

OpenThere = Callable[[], Awaitable[Store]]
Show = Callable[[int, int], None]
"""Shows how much is done, of how much."""


def back_up(file: Path, settings: Settings, show: Show) -> str:
    """Copy a room: ask the gateway that runs, or open what nobody has open. Raises UpkeepError, StoreError, OSError."""
    place = replaceable(file)
    with saved(place) as part:
        try:
            for each in asked(control_path(settings), Ask("backup", identity(settings)), part):
                if isinstance(each, Progress):
                    show(each.done, each.of)
        except NobodyError as error:
            opened = partial(_open_idle, settings, bare(error))
            _copy_closed(place.with_name(f"{place.name}.copying"), settings.title, opened, show, part)
    copy = copy_in(place)
    said = f" of {copy.title}" if copy.title else ""
    return f"{file}: a copy{said}, up to seq {copy.head} of log {copy.epoch}, {place.stat().st_size:,} bytes"


def _copy_closed(path: Path, title: str, opened: OpenThere, show: Show, into: BinaryIO) -> None:
    async def copy() -> None:
        store = await opened()
        try:
            await copied(store, path, title, store.wall(), telling(show))
        finally:
            await store.close()

    try:
        asyncio.run(copy())
        with path.open("rb") as made:
            shutil.copyfileobj(made, into)
    finally:
        discard(path)


def put_back(file: Path, settings: Settings, show: Show, *, replace: bool, incomplete: bool) -> list[str]:
    """Make a copy the room that --store names. Raises UpkeepError, StoreError, OSError."""
    kind, _, place = settings.store.partition(":")
    if kind != "sqlite" or settings.embedded_nats:
        raise UpkeepError("--store: a copy is restored to sqlite:PATH; gateway move carries it on to NATS")
    path = path_of("--store", place)
    check_filled(path)
    restored = restore(file, path, show, replace=replace, incomplete=incomplete)
    lines = [f"{path}: {restored.messages} messages, in a new log, {restored.epoch}"]
    if restored.aside:
        lines.append(f"what was there is {restored.aside}")
    return [*lines, restored.told] if restored.told else lines


def write_out(into: BinaryIO, settings: Settings, *, secrets: bool) -> None:
    """Export a room: by the gateway that runs, or what nobody has open. Raises UpkeepError, StoreError, OSError."""
    try:
        for _ in asked(control_path(settings), Ask("export", identity(settings), secrets), into):
            pass
    except NobodyError as error:
        opened = partial(_open_idle, settings, bare(error))
        asyncio.run(_export_closed(into, settings.title, opened, secrets=secrets))


async def _export_closed(into: BinaryIO, title: str, opened: OpenThere, *, secrets: bool) -> None:
    store = await opened()
    try:
        async for lines in exported(store, title, store.wall(), secrets=secrets):
            into.write(lines)
    finally:
        await store.close()


def read_back(file: BinaryIO, settings: Settings, show: Show, *, replace: bool) -> list[str]:
    """Import a room. Raises StoreError, OSError."""
    return _told(asyncio.run(read_in(LineReader(file), settings, telling(show), replace=replace)), settings)


def carry_over(source: Settings, target: Settings, show: Show, *, replace: bool) -> list[str]:
    """Move a room. Raises UpkeepError, StoreError, OSError."""
    nobody = NobodyError(f"{shown(source.store)}: there is no room")

    async def run() -> Filled:
        store = await _open_there(source, nobody)
        try:
            return await move(store, shown(source.store), target, telling(show), replace=replace)
        finally:
            await store.close()

    return _told(asyncio.run(run()), target)


def _told(filled: Filled, settings: Settings) -> list[str]:
    place, (messages, names, bans, _) = shown(settings.store), filled.there
    line = f"{place}: {messages} messages, {names} names, {bans} bans, counted there; it is a new log"
    return [line, filled.told] if filled.told else [line]


async def _open_there(settings: Settings, nobody: NobodyError) -> Store:
    """Open a room that is there: none is made. Raises what was raised as no gateway was found, if it is not."""
    if settings.embedded_nats or not await module_of(settings.store).is_there(settings):
        raise nobody
    return await open_to_read(settings)


async def _open_idle(settings: Settings, nobody: NobodyError) -> Store:
    """The same of a room that its gateway would be asked for, if it answered there."""
    try:
        return await _open_there(settings, nobody)
    except InUseError as error:
        place = control_path(settings)
        text = (
            f"a gateway has this room open and does not answer at {place}: it is just starting, or is to be restarted"
        )
        raise UpkeepError(f"{text}; ask again") from error


def telling(show: Show) -> Callable[[int, int], Awaitable[None]]:
    """The same, for who waits meanwhile."""

    async def tell(done: int, of: int) -> None:
        show(done, of)

    return tell
