"""The rights that docs/scaling.md lists are enough, and each that is missing is named at the start."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.people import Person
from gateway.stores import StoreError, last_of
from gateway.stores.jetstream import JetStreamStore
from gateway.stores.jetstream.filling import StreamFiller
from gateway.stores.jetstream.nats import Link, Place
from gateway.stores.jetstream.stream import Stream
from gateway.stores.nodes import Census, Event, NameChanged

from ..nats import NatsServer, lone_server
from ..patience import PATIENCE
from ..samples import a_draft
from .gateway import ended

DOCS = (Path(__file__).parents[2] / "docs/scaling.md").read_text(encoding="utf-8")


def documented(verb: str) -> list[str]:
    """The subjects behind `publish` or `subscribe`, where the page tells NATS's own configuration."""
    (found,) = re.findall(rf"^ +{verb}: \[(.*?)\]", DOCS, re.MULTILINE | re.DOTALL)
    return re.findall(r'"(.*?)"', found)


PUBLISH, SUBSCRIBE = documented("publish"), documented("subscribe")


def user(name: str, publish: list[str], subscribe: list[str]) -> str:
    quoted = [", ".join(f'"{subject}"' for subject in subjects) for subjects in (publish, subscribe)]
    return f"{{user: {name}, password: x, permissions: {{publish: [{quoted[0]}], subscribe: [{quoted[1]}]}}}}"


def without(subjects: list[str], one: str) -> list[str]:
    return [subject for subject in subjects if subject != one]


def of_room(room: str, subjects: list[str]) -> list[str]:
    return [subject.replace("ROOM", room) for subject in subjects]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """A nats-server with users that have all rights of the list, or all but one."""
    users = [user("gateway", PUBLISH, SUBSCRIBE), "{user: root, password: x}"]
    users += [user(f"p{at}", without(PUBLISH, one), SUBSCRIBE) for at, one in enumerate(PUBLISH)]
    users += [
        user(f"r{at}", of_room(f"R{at}", without(PUBLISH, one)), of_room(f"R{at}", SUBSCRIBE))
        for at, one in enumerate(PUBLISH)
    ]
    users += [user(f"s{at}", PUBLISH, without(SUBSCRIBE, one)) for at, one in enumerate(SUBSCRIBE)]
    running = lone_server(tmp_path_factory.mktemp("nats"), f"authorization {{ users = [{', '.join(users)}] }}")
    yield running
    running.kill()


async def opened(server: NatsServer, name: str, room: str = "ROOM") -> JetStreamStore:
    place = Place.parse(f"nats://{name}:x@127.0.0.1:{server.port}/{room}")
    return await JetStreamStore.open(place, 3, 10**6, 65536)


async def test_a_gateway_needs_no_more_than_is_listed(server: NatsServer) -> None:
    one, two = await opened(server, "gateway"), await opened(server, "gateway")
    told: list[Event] = []
    two.nodes.listen(lambda _, event: told.append(event))
    seqs = await one.append([a_draft("a", key=b"k"), a_draft("b")]) + await two.append([a_draft("c")])
    assert await one.append([a_draft("a", key=b"k")]) == seqs[:1]
    async with asyncio.timeout(PATIENCE):
        async for batch in two.follow(0):
            if batch and last_of(batch[-1]) == seqs[-1]:
                break
    assert [message.text for message in await two.read(0, 10)] == ["a", "b", "c"]
    assert [message.text for message in await two.page(3, 10)] == ["a", "b"]
    await one.append([a_draft(str(seqs[0]), kind="deleted")])
    assert [message.text for message in await one.read(0, 10)] == ["b", "c", str(seqs[0])]
    await two.expire(1001)
    assert await one.page(10, 10) == []
    assert await one.names.claim("ann", "o1")
    assert not await two.names.claim("ann", "o2")
    assert await two.names.recall("o1") == "ann"
    await one.names.release("o1")
    await one.names.forget("o1")
    await one.bans.put("bob", "spam")
    await one.bans.delete("bob")
    assert await one.others() == [two._link.node]
    await one.bans.put("eve", "spam")
    assert await two.bans.all() == {"eve": "spam"}
    assert one.by_of("o1") == two.by_of("o1")
    await one.check()
    one.nodes.tell(Census(1, [Person("ann", "web")]))
    await one.close()
    async with asyncio.timeout(PATIENCE):
        while len(told) < 2:
            await asyncio.sleep(0.01)
    assert told == [NameChanged("o1"), Census(1, [Person("ann", "web")])]
    await two.close()


async def test_a_start_without_a_right_is_one_line_and_status_1(server: NatsServer) -> None:
    await (await opened(server, "root")).close()
    missing = PUBLISH.index("chat-nodes.ROOM")
    store = f"nats://p{missing}:x@127.0.0.1:{server.port}/ROOM"
    done = await asyncio.to_thread(ended, "--store", store)
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if " WARNING " not in line]
    assert 'permissions violation for publish to "chat-nodes.room"' in line
    assert "docs/scaling.md" in line


REFUSED = re.compile("permissions violation", re.IGNORECASE)


async def test_who_has_the_rights_for_another_room_leaves_nothing_in_this_one(server: NatsServer) -> None:
    """It made the room's stream, and was refused then: its operator had mistyped the room's name."""
    root = Place.parse(f"nats://root:x@127.0.0.1:{server.port}/OTHER")
    with pytest.raises(StoreError, match=REFUSED):
        await opened(server, "gateway", "OTHER")
    place = Place.parse(f"nats://gateway:x@127.0.0.1:{server.port}/OTHER")
    with pytest.raises(StoreError, match=REFUSED):
        await StreamFiller.open(place, 3, 10**6, 65536, source="one", secret=None, first=1)
    link = await Link.open(root)
    assert not await Stream(link, 0, 0).is_there()
    await link.close()


@pytest.mark.parametrize("at", [at for at, one in enumerate(PUBLISH) if "ROOM" in one])
async def test_nor_does_who_lacks_one_of_them(server: NatsServer, at: int) -> None:
    """Whichever it is: nothing is made before all were tried."""
    with pytest.raises(StoreError, match=REFUSED):
        await opened(server, f"r{at}", f"R{at}")
    link = await Link.open(Place.parse(f"nats://root:x@127.0.0.1:{server.port}/R{at}"))
    assert not await Stream(link, 0, 0).is_there()
    await link.close()


MISSING = [*((f"p{at}", one) for at, one in enumerate(PUBLISH)), *((f"s{at}", one) for at, one in enumerate(SUBSCRIBE))]


@pytest.mark.worlds
async def test_each_right_that_is_missing_is_named(server: NatsServer) -> None:
    """All at once: most of them are known by an answer that does not come."""
    await (await opened(server, "root")).close()  # what is made once is there
    async with asyncio.TaskGroup() as group:
        for name, subject in MISSING:
            group.create_task(is_named(server, name, subject))


async def is_named(server: NatsServer, name: str, subject: str) -> None:
    is_to_be_made = subject.startswith("$JS.API.STREAM.CREATE")
    with pytest.raises(StoreError) as caught:
        await (opened(server, f"r{name[1:]}", f"R{name[1:]}") if is_to_be_made else opened(server, name))
    assert "\n" not in str(caught.value), subject
    begin = re.escape(re.split("[>*]", subject.lower())[0])
    assert re.search(f'permissions violation for (publish|subscription) to "{begin}', str(caught.value)), caught.value
