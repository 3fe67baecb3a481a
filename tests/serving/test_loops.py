"""Each loop is the one that is named."""

import asyncio
import selectors

import pytest
import uvloop

from gateway.config import LoopName
from gateway.serving.loops import loop_factory

SELECTORS: dict[LoopName, type] = {"select": selectors.SelectSelector, "epoll": selectors.EpollSelector}


@pytest.mark.parametrize("name", [*SELECTORS, "uvloop"])
def test_each_loop_is_the_one_that_is_named(name: LoopName) -> None:
    loop = loop_factory(name)()
    if name == "uvloop":
        assert isinstance(loop, uvloop.Loop)
    else:
        assert isinstance(loop, asyncio.SelectorEventLoop)
        assert type(loop._selector) is SELECTORS[name]  # type: ignore[attr-defined]
    loop.close()
