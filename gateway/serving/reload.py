"""All settings read again while the room is open, and what is said of it.

1. On any fault all MUST stay as it was: what can be wrong is looked at before anything is changed.
"""

import logging
from collections.abc import Callable
from contextlib import suppress

from ..config import SettingError, Settings
from ..upkeep.control import Reload
from .tls import certificate_of

Read = Callable[[], Settings]
"""Reads the settings, with their passwords. Raises SettingError."""

NOTHING = "nothing is another one"

log = logging.getLogger("gateway.reload")


def check_certificate(settings: Settings) -> None:
    """Whether these have a good one, or none. Raises SettingError."""
    certificate_of(settings.tls_cert, settings.tls_key)


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
