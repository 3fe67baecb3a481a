"""What each store's module has, by which the server and the commands go: no store is known to them by its name."""

import ast
import inspect
import secrets
from pathlib import Path

import pytest

import gateway
from gateway.config import Settings
from gateway.config.checks import STORES
from gateway.stores import MAX_CAUSE, StoreError, StoreModule, files, memory
from gateway.stores.jetstream import rooms as jetstream
from gateway.stores.opening import module_of, open_store

from ..samples import FULL, a_message
from ..sources import nodes_of
from ..tables import of_these
from .kinds import KINDS, USUAL, Ground, Kind

MODULES: dict[str, StoreModule] = {"memory": memory, "files": files, "jetstream.rooms": jetstream}
"""Written out, so that mypy sees whether each is one."""

CALLS = {name: call for name, call in vars(StoreModule).items() if inspect.iscoroutinefunction(call)}


@pytest.fixture(params=of_these(KINDS, *USUAL))
def kind(request: pytest.FixtureRequest) -> Kind:
    """One of them."""
    return KINDS[request.param]


@pytest.fixture
def settings(kind: Kind, request: pytest.FixtureRequest) -> Settings:
    """Of a room that is not there yet."""
    return Settings(store=kind.at(Ground(request), secrets.token_hex(4)))


def test_what_is_told_of_a_failure_is_one_line_however_much_is_underneath() -> None:
    """Each member is told of it, and the log."""
    error = StoreError("no\nroom" * MAX_CAUSE, "/srv/room.db")
    assert len(error.cause) <= MAX_CAUSE
    assert str(error) == f"/srv/room.db: {error.cause}"
    assert "\n" not in error.cause


def test_mypy_looks_at_each() -> None:
    assert MODULES.keys() == {kind.module for kind in STORES.values()}


def test_what_is_compared_is_all() -> None:
    assert CALLS.keys() == {"open_room", "open_to_read", "look", "is_there", "open_filler"}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", STORES)
def test_each_module_has_all_that_one_has(kind: str, call: str) -> None:
    _, *asked = inspect.signature(CALLS[call]).parameters.values()
    assert list(inspect.signature(getattr(module_of(f"{kind}:"), call)).parameters.values()) == asked


async def test_a_room_is_there_when_it_was_made_and_to_look_makes_none(kind: Kind, settings: Settings) -> None:
    """One that somebody has open, too."""
    module, stays = module_of(settings.store), kind.underneath is not None
    await module.look(settings)
    assert not await module.is_there(settings)
    store = await open_store(settings)
    assert await module.is_there(settings) == stays
    await store.close()
    await module.look(settings)
    assert await module.is_there(settings) == stays


async def test_a_room_is_filled_and_is_none_before_it_is_whole(kind: Kind, settings: Settings) -> None:
    module, secret = module_of(settings.store), b"s" * 32
    if kind.underneath is None:
        with pytest.raises(StoreError, match=r"^\S+: it is forgotten when its gateway ends: give a store that stays$"):
            await module.open_filler(settings, "source", secret, 7, replace=False)
        return
    filler = await module.open_filler(settings, "source", secret, 7, replace=False)
    await filler.fill([a_message(**{**FULL, "seq": 7}), a_message("b", seq=8)])
    with pytest.raises(StoreError, match="gateway import or move into"):
        await open_store(settings)
    await filler.finish()
    store = await open_store(settings)
    assert (store.first, store.head, store.secret) == (7, 8, secret)
    assert [each.seq for each in await store.read(0, 9)] == [7, 8]
    await store.close()
    with pytest.raises(StoreError, match=r"has messages|with 2 messages"):
        await module.open_filler(settings, "other", secret, 7, replace=False)


def test_nobody_asks_which_store_it_is() -> None:
    """But `restore`: it puts a copy, which is a file of SQLite, in the place of one."""
    compared = {
        (path.name, each.value)
        for part in ("stores", "upkeep", "serving", "cli")
        for path in (Path(gateway.__file__).parent / part).rglob("*.py")
        for node in nodes_of(path)
        if isinstance(node, ast.Compare | ast.match_case | ast.Dict)
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and each.value in STORES
    }
    assert compared == {("keeping.py", "sqlite")}
