"""All settings read again while the room is open, and what is said of it.

1. On any fault all MUST stay as it was: what can be wrong is looked at before anything is changed.
"""

import logging
from collections.abc import Awaitable, Callable

from ..config import SettingError, Settings
from .tls import certificate_of

Read = Callable[[], Settings]
"""Reads the settings, with their passwords. Raises SettingError."""

NOTHING = "nothing is another one"

log = logging.getLogger("gateway.reload")


def check_certificate(settings: Settings) -> None:
    """Whether these have a good one, or none. Raises SettingError."""
    certificate_of(settings.tls_cert, settings.tls_key)


async def tell(reload: Callable[[], Awaitable[list[str]]]) -> None:
    """Reload, and have the log tell what came of it."""
    try:
        for line in await reload():
            log.warning("reload: %s", line)
    except SettingError as error:
        log.error("reload: all stays as it was: %s", error)  # noqa: TRY400 - one line
