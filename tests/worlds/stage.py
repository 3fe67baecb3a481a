"""What a world gives to the person in it."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser

from ..e2e.browser import chromium
from .place import Place


class Chromium:
    """Debian's Chromium, one for all: it is started when the first world needs it."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._browser: Browser | None = None

    async def started(self) -> Browser:
        if self._browser is None:
            self._browser = await self._stack.enter_async_context(chromium(program="chromium"))
        return self._browser


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the room is, a folder of one's own, and the browser that is shared."""

    place: Place
    folder: Path
    chromium: Chromium
