"""A person at Debian's Firefox, by WebDriver BiDi (w3c.github.io/webdriver-bidi): JSON over a WebSocket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from .pages import Browser, Reader, keys
from .place import ELSEWHERE
from .programs import PATIENCE, need, running
from .stage import Stage
from .story import Person

PREFERENCES = f"""
user_pref("network.dns.localDomains", "{ELSEWHERE}");
user_pref("intl.accept_languages", "en-US");
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("app.update.disabledForTesting", true);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
"""


class _Tab(Browser):
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._calls = 0
        self._context = ""

    async def call(self, method: str, **params: Any) -> Any:
        """The result of a command."""
        self._calls += 1
        async with asyncio.timeout(PATIENCE):
            await self._connection.send(json.dumps({"id": self._calls, "method": method, "params": params}))
            while (answer := json.loads(await self._connection.recv())).get("id") != self._calls:
                pass  # an event
        assert answer["type"] == "success", answer
        return answer["result"]

    async def start(self) -> None:
        await self.call("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
        self._context = (await self.call("browsingContext.getTree"))["contexts"][0]["context"]
        await self.call("browsingContext.activate", context=self._context)

    async def go(self, url: str) -> None:
        await self.call("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def evaluate(self, expression: str) -> Any:
        result = await self.call(
            "script.evaluate",
            expression=f"Promise.resolve({expression.rstrip(';')}).then(value => JSON.stringify(value ?? null))",
            target={"context": self._context},
            awaitPromise=True,
        )
        assert result["type"] == "success", result
        return json.loads(result["result"]["value"])

    async def type(self, text: str) -> None:
        await self.call("input.performActions", context=self._context, actions=keys(text))


@asynccontextmanager
async def firefox(folder: Path) -> AsyncIterator[Browser]:
    """A Firefox of one's own, headless."""
    path = need("firefox-esr")
    profile = folder / "profile"
    profile.mkdir()
    (profile / "user.js").write_text(PREFERENCES)
    command = (path, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0")
    async with running(folder, *command) as program:
        address = (await program.says(r"WebDriver BiDi listening on (ws://\S+)"))[1]
        async with connect(f"{address}/session", max_size=None, close_timeout=2) as connection:
            tab = _Tab(connection)
            await tab.start()
            yield tab


@dataclass(frozen=True, slots=True)
class AtFirefox:
    """In Firefox."""

    @asynccontextmanager
    async def __call__(self, stage: Stage) -> AsyncIterator[Person]:
        async with firefox(stage.folder) as tab:
            yield Reader(tab, stage.place)
