"""Which module has the store that --store names."""

from importlib import import_module
from typing import Any

from ..config import Settings
from ..config.checks import STORES
from ..stores import Looker, Opener, Store
from .ports import ServerError


async def open_store(settings: Settings) -> Store:
    """The store that --store names. Raises StoreError, ServerError."""
    return await opener_of(settings.store)(settings, settings.keep_mib * 1024 * 1024)


def opener_of(store: str) -> Opener:
    """What opens a store of this kind. Raises ServerError: what it needs is not installed."""
    opener: Opener = _module_of(store).open_room
    return opener


def looker_of(store: str) -> Looker:
    """What looks whether a store of this kind could be opened. Raises ServerError: what it needs is not installed."""
    looker: Looker = _module_of(store).look
    return looker


def _module_of(store: str) -> Any:
    name = store.partition(":")[0]
    kind = STORES[name]
    try:
        return import_module(f"gateway.stores.{kind.module}")
    except ModuleNotFoundError as error:
        raise ServerError(f"--store {name}: needs {error.name}: pip install 'chat-gateway[{kind.extra}]'") from error
