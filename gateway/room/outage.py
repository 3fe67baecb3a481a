"""A store that fails: told when it begins and when it is over, and asked again after a pause."""

import asyncio
import logging

from ..stores import StoreError

RETRY_SECONDS = 0.5

log = logging.getLogger("gateway.store")


class Outage:
    """Of one thing that is done with the log again and again, as it reads after "the log is" and "the log can't be"."""

    def __init__(self, done: str) -> None:
        self._done = done
        self.cause = ""
        """Why it failed when it was last tried; empty if it did not."""

    @property
    def lasts(self) -> bool:
        """Whether it failed when it was last tried."""
        return bool(self.cause)

    async def wait(self, error: StoreError) -> None:
        """It failed: wait until it is to be tried again."""
        if not self.lasts:
            log.error("the log can't be %s, and is tried again: %s", self._done, error)
        self.cause = error.cause
        await asyncio.sleep(RETRY_SECONDS)

    def over(self) -> None:
        """It was done."""
        if self.lasts:
            log.warning("the log is %s again", self._done)
        self.cause = ""
