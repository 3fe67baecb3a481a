"""How those who are in are sent away; with a real server and its signals in e2e/test_drain.py."""

import asyncio
from itertools import pairwise
from typing import Any

from gateway.serving.leaving import STEP_SECONDS, drain

from ..inprocess import Http, Json, Raw, WebSocket, gateway, rest, timeless


@timeless
async def test_they_go_one_after_another_and_nobody_comes() -> None:
    async with gateway() as here:
        people: list[Any] = [
            *(Raw(here, f"10.0.0.{number}") for number in range(3)),
            *(WebSocket(here) for _ in range(3)),
            *(Json(here).hello() for _ in range(3)),
            Http(here, path="/events"),
        ]
        await rest()
        began = here.now
        draining = asyncio.ensure_future(drain(here.house, 20.0, asyncio.Event()))
        await here.after(0.1)
        late: list[Any] = [Raw(here), *(Http(here, path=path) for path in ("/ws", "/events", "/readyz"))]
        health = Http(here, path="/healthz")
        await here.after(0.1)
        assert "* the server stops or restarts: come again in a moment\n\n" in late[0].text
        assert all("HTTP/1.1 503" in each.text for each in late[1:])
        assert "HTTP/1.1 200" in health.text
        assert [each.why for each in people] == [None] * len(people)
        await draining
        ends = sorted(each.ended_at - began for each in people if each.ended_at is not None)
        assert 18.0 < here.now - began <= 20.1
        assert len(ends) >= len(people) - 1  # of the last it may be the stop itself that ends it
        assert all(1.9 < later - earlier < 2.1 + STEP_SECONDS for earlier, later in pairwise(ends))
        assert here.house.metrics.refusals.counts["draining"] == 3


@timeless
async def test_where_nobody_is_there_is_nothing_to_wait_for() -> None:
    async with gateway() as here:
        began = here.now
        await drain(here.house, 20.0, asyncio.Event())
        assert here.now - began < 0.1


@timeless
async def test_who_is_in_a_hurry_waits_no_longer() -> None:
    async with gateway() as here:
        people = [Raw(here) for _ in range(4)]
        hurried, began = asyncio.Event(), here.now
        draining = asyncio.ensure_future(drain(here.house, 20.0, hurried))
        await here.after(1.0)
        hurried.set()
        await draining
        assert here.now - began < 1.1
        assert [each.why for each in people] == [None] * 4
