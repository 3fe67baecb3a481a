"""The real server in a process of its own, and the fixtures that start it."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from ..nats import NatsServer
from ..nats import nats as nats
from . import nursery
from .gateway import Gateway
from .peers import Raw, Terminal, raw

Start = Callable[..., Gateway]
Own = Callable[[NatsServer], NatsServer]


def pytest_collection_finish(session: pytest.Session) -> None:
    """One nursery for all processes that run tests (tests/forks.py): it takes a second to import what it does."""
    if session.config.getoption("forks", 0) and any("e2e" in each.path.parts for each in session.items):
        nursery.opened()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts gateways; at the end each one is stopped, must end well and must have logged no traceback."""
    with ExitStack() as started:

        def factory(*flags: str, folder: Path = tmp_path, kind: type[Gateway] = Gateway, **more: Any) -> Gateway:
            gateway = kind(folder, *flags, **more)
            started.callback(gateway.stop)
            return gateway

        yield factory


@pytest.fixture(autouse=True)
def _terminals_end() -> Iterator[None]:
    """What a test runs in terminals ends with it."""
    yield
    for terminal in Terminal.opened:
        terminal.process.kill()
        terminal.process.wait()
    Terminal.opened.clear()


@pytest.fixture
def own() -> Iterator[Own]:
    """Has a nats-server that a test started ended with it."""
    with ExitStack() as owned:

        def owner(server: NatsServer) -> NatsServer:
            owned.callback(server.kill)
            return server

        yield owner


@pytest.fixture
def gateway(start: Start) -> Gateway:
    """One gateway with the default settings, but its ports."""
    return start()


@pytest.fixture(scope="module")
def shared_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One gateway for tests that need no more of it than its page: it takes long to start."""
    gateway = Gateway(tmp_path_factory.mktemp("shared"))
    yield gateway
    gateway.stop()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def shared_browser() -> AsyncIterator[Browser]:
    """One browser for all tests: it takes long to start."""
    from .browser import chromium, make_ready

    async with chromium() as browser:
        await make_ready(browser)
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def browser(shared_browser: Browser) -> AsyncIterator[Browser]:
    """The browser; what a test opened in it is closed when the test ends."""
    from .browser import tidy_up

    yield shared_browser
    await tidy_up(shared_browser)


class Three(NamedTuple):
    """Who are in one room: bob on the raw port, two on pages; and what the console of the first page complains of."""

    bob: Raw
    page: Page
    other: Page
    complaints: list[str]


@pytest_asyncio.fixture(loop_scope="session")
async def three(browser: Browser, gateway: Gateway) -> AsyncIterator[Three]:
    """Three people, each of whom has been told of the others: that moves rows from under a pointer."""
    from .browser import open_page

    async with raw(gateway) as bob:
        await bob.send(b"/name bob\n\n")
        await bob.until("now bob")
        page, complaints = await open_page(browser, gateway)
        other, _ = await open_page(browser, gateway, own=True)
        for each in (page, other):
            await expect(each.locator("#count")).to_have_text("3 here")
        yield Three(bob, page, other, complaints)
