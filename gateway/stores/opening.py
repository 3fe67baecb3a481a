"""Which module has the store that --store names."""

from importlib import import_module
from typing import cast

from ..config import Settings
from ..config.checks import STORES
from . import Store, StoreError, StoreModule


async def open_store(settings: Settings) -> Store:
    """The store that --store names. Raises StoreError, SettingError."""
    return await module_of(settings.store).open_room(settings, settings.keep_mib * 1024 * 1024)


async def open_to_read(settings: Settings) -> Store:
    """The same room, left as it is. Raises StoreError, SettingError."""
    return await module_of(settings.store).open_to_read(settings, settings.keep_mib * 1024 * 1024)


def module_of(store: str) -> StoreModule:
    """The module of a store of this kind. Raises StoreError: what it needs is not installed."""
    name = store.partition(":")[0]
    kind = STORES[name]
    try:
        return cast(StoreModule, import_module(f"gateway.stores.{kind.module}"))
    except ModuleNotFoundError as error:
        raise StoreError(f"needs {error.name}: pip install 'chat-gateway[{kind.extra}]'", f"--store {name}") from error
