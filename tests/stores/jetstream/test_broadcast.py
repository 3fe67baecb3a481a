"""What the nodes of a room tell each other."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from nats.errors import Error as NatsError

from gateway.stores.jetstream import broadcast
from gateway.stores.nodes import BansChanged, Census, Event, NameChanged

from ...doors import Subject, node_of
from ...fakes import a_store, rest
from ...inprocess import timeless


async def test_what_is_told_last_is_heard() -> None:
    """That nobody is there any more, and what was ordered just before the stop."""
    subject, store = Subject(), a_store()
    heard: list[tuple[str, Event]] = []
    last: list[Event] = [BansChanged("digest"), Census(0, [])]
    async with AsyncExitStack() as stays:
        other = await node_of(store, subject, "n2", stays)
        other.nodes.listen(lambda node, event: heard.append((node, event)))
        async with AsyncExitStack() as goes:
            node = await node_of(store, subject, "n1", goes)
            await rest()
            heard.clear()
            for event in last:
                node.nodes.tell(event)
        assert heard == [("n1", event) for event in last]


async def test_each_hears_the_others_and_not_itself() -> None:
    subject, store = Subject(), a_store()
    heard: dict[str, list[tuple[str, Event]]] = {"n1": [], "n2": [], "n3": []}
    async with AsyncExitStack() as stack:
        nodes = {name: (await node_of(store, subject, name, stack)).nodes for name in heard}
        for name, each in nodes.items():
            each.listen(lambda node, event, name=name: heard[name].append((node, event)))  # type: ignore[misc]
        nodes["n2"].tell(NameChanged("ann's"))
        await rest()
    told = [("n2", NameChanged("ann's"))]
    assert heard == {"n1": told, "n2": [], "n3": told}


class Trouble:
    """Each word fails so, until it is gone; with none it is never under way."""

    def __init__(self, subject: Subject, monkeypatch: pytest.MonkeyPatch, error: Exception | None) -> None:
        self.is_gone = False
        publish = subject.publish

        async def failing(where: str, data: bytes) -> None:
            if self.is_gone:
                await publish(where, data)
            elif error is None:
                await asyncio.Event().wait()
            else:
                raise error

        monkeypatch.setattr(subject, "publish", failing)


@pytest.mark.parametrize("error", [NatsError(), OSError(), ZeroDivisionError()])
async def test_a_word_that_fails_is_lost_and_the_next_is_heard(
    monkeypatch: pytest.MonkeyPatch, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    subject, store = Subject(), a_store()
    heard: list[Event] = []
    async with AsyncExitStack() as stack:
        one, other = [(await node_of(store, subject, name, stack)).nodes for name in ("n1", "n2")]
        other.listen(lambda node, event: heard.append(event))
        trouble = Trouble(subject, monkeypatch, error)
        one.tell(BansChanged("lost"))
        await rest()
        assert bool(caplog.records) is isinstance(error, ZeroDivisionError)  # that one is a fault of ours
        trouble.is_gone = True
        one.tell(BansChanged("heard"))
        await rest()
        subject.is_connected = False
        one.tell(BansChanged("too late when it is back"))
        await rest()
        subject.is_connected = True
        await rest()
    assert heard == [BansChanged("heard")]


@timeless
async def test_a_stop_waits_for_no_more_than_there_is_and_not_for_ever() -> None:
    subject, store = Subject(), a_store()
    loop = asyncio.get_running_loop()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(broadcast, "MAX_WAITING", 2)
        for is_stuck in (False, True):
            began = loop.time()
            async with AsyncExitStack() as stack:
                nodes = (await node_of(store, subject, "n1", stack)).nodes
                if is_stuck:
                    Trouble(subject, patched, None)
                for _ in range(5):
                    nodes.tell(BansChanged("x"))  # what is too much is lost
            assert loop.time() - began == (1.0 if is_stuck else 0.0)
