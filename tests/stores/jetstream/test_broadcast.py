"""What the nodes of a room tell each other."""

from contextlib import AsyncExitStack

from gateway.stores.nodes import BansChanged, Census, Event, NameChanged

from ...doors import Subject, node_of
from ...fakes import a_store, rest


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
