"""All settings read again while the room is open, and what is said of it.

1. On any fault all MUST stay as it was: what can be wrong is looked at before anything is changed.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from ..config import SettingError, Settings
from ..tasks import apart
from ..upkeep.control import Reload
from .kept import Kept, kept_in
from .tls import certificate_of

Read = Callable[[], Settings]
"""Reads the settings, with their passwords. Raises SettingError."""

NOTHING = "nothing is another one"

log = logging.getLogger("gateway.reload")


READ_SECONDS = 5.0
"""In which all files of the settings are read: who hears everybody meanwhile waits for no disk."""


async def read_apart(read: Read) -> tuple[Settings, Kept]:
    """What they say, with a good certificate or none, and their files that are kept. Raises SettingError."""

    def look() -> tuple[Settings, Kept]:
        settings = read()
        certificate_of(settings.tls_cert, settings.tls_key)
        return settings, kept_in(settings)

    try:
        async with asyncio.timeout(READ_SECONDS):
            return await apart(look)
    except TimeoutError as error:
        text = f"a file of its settings could not be read within {READ_SECONDS:.0f} s: a pipe, or a disk that hangs"
        raise SettingError(text) from error


async def tell(reload: Reload) -> None:
    """Reload, and have the log tell what came of it."""
    with suppress(SettingError):
        await reloaded(reload)


async def reloaded(reload: Reload) -> list[str]:
    """The same for who asked, and is told it too. Raises SettingError."""
    try:
        lines = await reload()
    except SettingError as error:
        fault = SettingError(f"all stays as it was: {error}")
        log.error("reload: %s", fault)  # noqa: TRY400 - one line
        raise fault from error
    for line in lines:
        log.warning("reload: %s", line)
    return lines
