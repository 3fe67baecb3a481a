"""Two gateways, one room, over three real nats-servers: what members see of that, and what survives."""

import asyncio
import json
import re
import secrets
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from math import inf
from pathlib import Path

import pytest
import trustme
from aiohttp import ClientSession, ClientTimeout
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from gateway.names import guest_label
from gateway.web.site import READY_SECONDS

from ..nats import NatsServer, cluster, free_ports, lone_server, url
from ..patience import PATIENCE
from ..tables import in_worlds
from . import nursery
from .conftest import Own, Start
from .gateway import Gateway, ended
from .peers import JSON_PROTOCOL, Chat, Event, Raw, chat, raw

Pair = tuple[Gateway, Gateway]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[NatsServer]]:
    """A cluster for all tests: who kills one starts it again."""
    three = cluster(tmp_path_factory.mktemp("nats"))
    yield three
    for server in three:
        server.kill()


@pytest.fixture
def pair(start: Start, servers: list[NatsServer]) -> Pair:
    """Two gateways of a room of their own."""
    store = url(servers, secrets.token_hex(4))
    flags = ["--store", store, "--rate", "0", "--rate-kib", "0", "--admin-password", "secret"]
    return start(*flags), start(*flags)


async def test_all_hear_all_in_one_order(pair: Pair) -> None:
    one, two = pair
    async with chat(one) as ann, chat(two) as bob, raw(two) as nc:
        assert ann.welcome["epoch"] == bob.welcome["epoch"]
        for number in range(50):
            await ann.say(f"a{number}")
            await bob.say(f"b{number}")
        heard = await ann.texts(100)
        assert await bob.texts(100) == heard
        assert [text for text in heard if text[0] == "a"] == [f"a{number}" for number in range(50)]
        seen = await nc.until(heard[-1] + "\n\n")
        assert [line.rpartition(":")[2] for line in seen.strip().split("\n\n")] == heard
    async with chat(one, history=500) as late:
        assert await late.texts(100) == heard


async def test_what_was_said_on_one_node_is_taken_back_on_the_other_for_all(pair: Pair) -> None:
    one, two = pair
    async with chat(one, name="Ann") as ann, chat(two, name="Bob") as bob, raw(two) as nc:
        await ann.say("hunter2", "k1")
        seq = (await each_of(ann, "ack", "message"))["ack"]["seq"]
        assert (await bob.next("message"))["seq"] == seq
        await nc.until("hunter2\n\n")
        await bob.send({"type": "delete", "seq": seq})
        assert (await bob.next("error"))["code"] == "not-yours"
        async with chat(two, session=ann.welcome["session"]) as there:
            await there.send({"type": "delete", "seq": seq})
            for each in (ann, bob, there):
                deleted = await each.next("deleted")
                assert (deleted["of"], deleted["from"]) == ([seq], "Ann")
            await there.say("hunter2", "k1")  # it is known over all nodes, and was not said again
            assert (await there.next("ack"))["seq"] == seq
        await nc.send(b"/history 50\n\n")
        assert "hunter2" not in await nc.until("no messages yet")
    for here in pair:
        async with chat(here, after={"epoch": ann.welcome["epoch"], "seq": seq - 1}) as late:
            assert (await late.next("deleted"))["of"] == [seq]
        async with ClientSession() as session, session.get(f"{here.page}messages") as answer:
            assert "hunter2" not in await answer.text()


async def test_a_purge_on_one_node_reaches_who_is_on_the_other(pair: Pair) -> None:
    one, two = pair
    async with chat(one, name="Op") as op, chat(two, name="Bob") as bob:
        await op.send({"type": "command", "text": "/op secret"})
        await op.next("notice")
        await bob.say("hunter2")
        for each in (op, bob):
            await each.next("message")
        await op.send({"type": "command", "text": "/purge Bob"})
        (order,) = re.findall("/purge .*", (await op.next("notice"))["text"])
        await op.send({"type": "command", "text": order})
        assert (await each_of(op, "deleted", "notice"))["notice"]["code"] == "purged"
        told = await each_of(bob, "deleted", "error", "name")
        assert told["error"]["code"] == "name-erased"
        assert told["name"]["name"].startswith("guest-")
        await name(op, "Bob")


async def each_of(peer: Chat, *kinds: str) -> dict[str, Event]:
    """One of each of these, in whichever order they come."""
    told = [await peer.next(*kinds) for _ in kinds]
    assert {each["type"] for each in told} == {*kinds}, told
    return {each["type"]: each for each in told}


async def test_a_name_is_one_persons_in_the_whole_room_on_both_nodes_to_its_last_connection(pair: Pair) -> None:
    one, two = pair
    async with chat(two) as other:
        async with chat(one, name="Ann") as ann:
            assert ann.welcome["name"] == "Ann"
            assert await refused(other, "ann")
            async with chat(two, session=ann.welcome["session"]) as there:
                assert there.welcome["name"] == "Ann"
                await there.send({"type": "name", "name": "Anna"})
                for each in (there, ann):
                    assert (await each.next("name"))["name"] == "Anna"
                await ann.say("still here")
                message = await there.next("message")
                assert (message["from"], message["by"]) == ("Anna", there.welcome["id"])
            await other.next("message")
            await until_here(other, 2)
            assert await refused(other, "anna")
            async with chat(two, session=ann.welcome["session"]) as there:
                assert there.welcome["name"] == "Anna"
                await until_here(other, 3)
                await ann.connection.close()
                await until_here(other, 2)
                assert await refused(other, "anna")
        await name(other, "Anna")


async def refused(peer: Chat, wanted: str) -> bool:
    """Whether somebody has that name."""
    await peer.send({"type": "name", "name": wanted})
    return bool((await peer.next("name", "error"))["type"] == "error")


async def until_here(peer: Chat, members: int) -> None:
    """Wait until so many are here, as far as its node knows; a person counts once a node."""
    async with asyncio.timeout(PATIENCE):
        while (await asked(peer, "who"))["members"] != members:
            await asyncio.sleep(0.1)


async def asked(peer: Chat, what: str) -> Event:
    """The answer."""
    await peer.send({"type": what})
    return await peer.next(what)


@pytest.mark.worlds
async def test_a_dead_gateways_names_come_free(pair: Pair) -> None:
    one, two = pair
    async with chat(two) as other:
        async with chat(one, name="Ann"):
            one.kill()
        await name(other, "Ann")


async def name(peer: Chat, wanted: str) -> None:
    """Ask for a name until it is free."""
    async with asyncio.timeout(PATIENCE):
        while True:
            await peer.send({"type": "name", "name": wanted})
            answer = await peer.next("name", "error")
            if answer["type"] == "name":
                return
            assert answer["code"] == "name-taken"
            await asyncio.sleep(0.2)


async def test_presence_and_who_span_the_nodes(pair: Pair) -> None:
    one, two = pair
    async with chat(one, name="Ann") as ann:
        async with chat(two, name="Bob"):
            presence = await joined(ann, "Bob")
            assert presence["members"] == 2
            await ann.send({"type": "who"})
            who = await ann.next("who")
            assert (who["members"], {each["name"] for each in who["names"]}) == (2, {"Ann", "Bob"})
        while not any(each["name"] == "Bob" for each in presence["left"]):
            presence = await ann.next("presence")
        assert presence["members"] == 1


async def joined(peer: Chat, who: str) -> Event:
    """The presence that tells of somebody's coming."""
    while True:
        presence = await peer.next("presence")
        if any(each["name"] == who for each in presence["joined"]):
            return presence


async def test_operators_keep_order_on_all_nodes(pair: Pair) -> None:
    one, two = pair
    async with chat(one, name="Op") as op, chat(two, name="Bob") as bob:
        await joined(op, "Bob")
        await op.send({"type": "command", "text": "/op secret"})
        assert (await op.next("notice"))["code"] == "op"
        await op.send({"type": "command", "text": "/kick nobody"})
        assert (await op.next("error"))["code"] == "no-such-member"
        await op.send({"type": "command", "text": "/ban bob"})
        assert (await op.next("notice"))["code"] == "banned"
        assert await close_code(bob) == 4504
        async with asyncio.timeout(PATIENCE):
            while await can_enter(one, bob.welcome["session"]):  # until it knows of the ban, too
                await asyncio.sleep(0.1)
        await op.send({"type": "command", "text": "/unban bob"})
        assert (await op.next("notice"))["code"] == "unbanned"
        async with asyncio.timeout(PATIENCE):
            while not await can_enter(two, bob.welcome["session"]):
                await asyncio.sleep(0.1)


TROLL, OTHER = "203.0.113.9", "198.51.100.7"


@pytest.fixture
def proxied(start: Start, servers: list[NatsServer]) -> Pair:
    """The same, who come by a proxy that says from where."""
    store = url(servers, secrets.token_hex(4))
    flags = ["--store", store, "--rate", "0", "--admin-password", "secret", "--trust-proxy", "127.0.0.1"]
    return start(*flags, "--language", "en"), start(*flags, "--language", "en")


@asynccontextmanager
async def raw_from(gateway: Gateway, host: str) -> AsyncIterator[Raw]:
    async with raw(gateway, greeted=False) as peer:
        await peer.send(f"PROXY TCP4 {host} 192.0.2.1 50000 8001\r\n".encode())
        await peer.until("\n\n")
        yield peer


async def plain(gateway: Gateway, host: str, path: str, text: str | None = None) -> tuple[int, dict[str, str]]:
    """A plain request; its status and its fields."""
    method = "GET" if text is None else "POST"
    fields = {"X-Forwarded-For": host}
    async with (
        ClientSession() as session,
        session.request(method, gateway.page + path, data=text, headers=fields, timeout=ClientTimeout(10)) as response,
    ):
        return response.status, dict(response.headers)


async def greets(gateway: Gateway, host: str, hello: str, answer: str) -> bool:
    """Whether a WebSocket answers who says hello, whatever others say before."""
    protocol = [JSON_PROTOCOL] if hello.startswith("{") else None
    connection = connect(
        f"ws://127.0.0.1:{gateway.http_port}/ws", subprotocols=protocol, additional_headers={"X-Forwarded-For": host}
    )
    async with connection as socket:
        with suppress(ConnectionClosed):
            await socket.send(hello)
            while answer not in str(await socket.recv()):
                pass
            return True
        return False


async def open_doors(gateway: Gateway, host: str) -> set[str]:
    """By which doors who comes from there gets in."""
    found = set()
    async with raw_from(gateway, host) as peer:
        with suppress(AssertionError, ConnectionError):  # it was told with the greeting, and closed
            await peer.send(b"/who\n\n")
            found |= {"raw"} if "here:" in await peer.until("\n\n") else set()
    found |= {"text"} if await greets(gateway, host, "/who", "here:") else set()
    found |= {"json"} if await greets(gateway, host, '{"type":"hello"}', "welcome") else set()
    for path, text in (("events", None), ("say", "let me in"), ("messages", None)):
        if (await plain(gateway, host, path, text))[0] == 200:
            found.add(f"/{path}")
    return found


ALL_DOORS = {"raw", "text", "json", "/events", "/say", "/messages"}


async def until_doors(pair: Pair, expected: set[str]) -> None:
    """Until both nodes know of it: they are told at once, and nobody is told when they have heard."""
    for gateway in pair:
        async with asyncio.timeout(PATIENCE):
            while await open_doors(gateway, TROLL) != expected:
                await asyncio.sleep(0.1)


async def told(op: Chat) -> str:
    """The code of the next notice, whatever is said meanwhile."""
    while (event := await op.next("notice", "message"))["type"] != "notice":
        pass
    return str(event["code"])


@pytest.mark.parametrize("door", ["raw", in_worlds("/say")])
async def test_who_said_something_on_another_node_is_barred_from_every_door(proxied: Pair, door: str) -> None:
    one, two = proxied
    async with chat(one, name="Op") as op, raw_from(two, TROLL) as troll, raw_from(two, OTHER) as innocent:
        await op.send({"type": "command", "text": "/op secret"})
        assert await told(op) == "op"
        if door == "raw":
            await troll.send(b"lies\n\n")
        else:
            assert (await plain(two, TROLL, "say?name=troll", "lies"))[0] == 200
        seq = (await op.next("message"))["seq"]
        await op.send({"type": "moderate", "act": "ban", "seq": seq, "seconds": 0})
        assert await told(op) == "banned"
        await troll.rest()
        await until_doors(proxied, set())
        for gateway in proxied:
            assert await open_doors(gateway, OTHER) == ALL_DOORS
        await innocent.send(b"I am here\n\n")
        while (await op.next("message"))["text"] != "I am here":
            pass
        await op.send({"type": "moderate", "act": "unban", "seq": seq})
        assert await told(op) == "unbanned"
        await until_doors(proxied, ALL_DOORS)


async def test_mute_and_slow_mode_hold_on_another_node(proxied: Pair) -> None:
    one, two = proxied
    async with chat(one, name="Op") as op, raw_from(two, TROLL) as troll:
        await op.send({"type": "command", "text": "/op secret"})
        assert await told(op) == "op"
        await troll.send(b"lies\n\n")
        by = (await op.next("message"))["by"]
        await op.send({"type": "moderate", "act": "mute", "member": by, "seconds": 600})
        assert await told(op) == "muted"
        assert "muted you" in await troll.until("\n\n")
        for gateway in (two, one):  # by its address: the word of that may come behind what was stored
            async with asyncio.timeout(PATIENCE):
                while (await plain(gateway, TROLL, "say", "let me speak"))[0] != 403:
                    await asyncio.sleep(0.1)
        await op.send({"type": "moderate", "act": "unmute", "member": by})
        await op.send({"type": "moderate", "act": "slow", "seconds": 3600})
        assert [await told(op) for _ in range(2)] == ["unmuted", "slowed"]
        await troll.until("lets you speak again")
        async with asyncio.timeout(PATIENCE):
            while (answer := await plain(two, OTHER, "say", "hi"))[0] != 429:
                await asyncio.sleep(0.1)
        assert 3000 < int(answer[1]["Retry-After"]) <= 3600


@pytest.mark.worlds
async def test_operators_see_from_where_who_is_on_another_node_came(proxied: Pair) -> None:
    one, two = proxied
    async with chat(one, name="Op") as op, raw_from(two, TROLL) as troll:
        await op.send({"type": "command", "text": "/op secret"})
        assert await told(op) == "op"
        people: list[Event] = []
        while not any(each["via"] == "tcp" for each in people):
            people = (await op.next("presence"))["joined"]
        await op.send({"type": "who"})
        (guest,) = [each for each in (await op.next("who"))["names"] if each["via"] == "tcp"]
        assert (guest["name"], guest["host"]) == (guest_label(guest["by"]), TROLL)
        await troll.send(b"/who\n\n")
        assert "since" not in await troll.until("\n\n")


async def close_code(peer: Chat) -> int:
    try:
        while True:
            await peer.next("message", "presence", "notice")
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 1006


async def can_enter(gateway: Gateway, session: str) -> bool:
    try:
        async with chat(gateway, session=session):
            return True
    except (ConnectionClosed, AssertionError):
        return False


def readiness(gateway: Gateway) -> int:
    try:
        with urllib.request.urlopen(gateway.page + "readyz", timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


async def test_while_nats_is_away_who_speaks_is_told_and_nothing_is_lost(
    own: Own, start: Start, tmp_path: Path
) -> None:
    server = own(lone_server(tmp_path))
    gateway = start("--store", url([server]))
    async with chat(gateway) as ann, chat(gateway) as bob:
        await ann.say("before")
        assert await bob.texts(1) == ["before"]
        server.kill()
        assert await asyncio.to_thread(readiness, gateway) == 503
        await ann.say("while", "w")
        notice = await ann.next("notice", "message")
        if notice["type"] == "message":
            notice = await ann.next("notice")
        assert notice["code"] == "store-failed"
        server.start()
        await asyncio.to_thread(server.ready)
        assert await bob.texts(1) == ["while"]
        assert (await ann.next("ack"))["id"] == "w"
        await ann.say("after")
        assert await bob.texts(1) == ["after"]
        assert await asyncio.to_thread(readiness, gateway) == 200
    gateway.wait_for_log("messages can't be stored")
    gateway.judged = True
    gateway.stop()  # before its server


@pytest.mark.worlds
async def test_without_a_quorum_no_node_is_ready_also_if_nobody_speaks(own: Own, start: Start, tmp_path: Path) -> None:
    """Two of three had gone, nothing could be said, and each node was ready: it asked what is answered without them."""
    three = [own(server) for server in cluster(tmp_path)]
    nodes = [start("--store", url(three)) for _ in range(2)]

    async def until_all_are(status: int, seconds: float = 0) -> None:
        """And so for a while: what was the leader answers for some seconds as if it were one still."""
        now = asyncio.get_running_loop().time
        async with asyncio.timeout(2 * PATIENCE):
            since = inf
            while now() < since + seconds:
                all_are = {await asyncio.to_thread(readiness, node) for node in nodes} == {status}
                since = min(since, now()) if all_are else inf
                await asyncio.sleep(0.05)

    async with chat(nodes[0]) as ann:
        await ann.say("before")
        others = [server for server in three if not server.leads("CHAT_room")]
        for server in others:
            server.kill()
        await until_all_are(503, seconds=READY_SECONDS * 4)
        for server in others:
            server.start()
        await until_all_are(200)
    for node in nodes:  # a node whose consumer is on the third goes on following: what each logs is not one thing
        node.judged = True
        node.stop()


@pytest.mark.worlds
async def test_a_stream_that_is_made_anew_ends_the_gateway(own: Own, start: Start, tmp_path: Path) -> None:
    """Its cursors mean nothing any more; whatever starts it again finds the new one."""
    import nats

    server = own(lone_server(tmp_path))
    gateway = start("--store", url([server]))
    async with chat(gateway) as ann:
        await ann.say("old")
        await ann.next("message")
        client = await nats.connect(f"nats://127.0.0.1:{server.port}")
        await client.jetstream().delete_stream("CHAT_room")
        await client.close()
        again = start("--store", url([server]))
        assert await asyncio.to_thread(gateway.ended) == 1
    assert "made anew: start again" in gateway.log
    async with chat(again, history=10) as late:
        assert late.welcome["epoch"] != ann.welcome["epoch"]
        assert late.welcome["seq"] == 0
    again.stop()


async def test_one_order_over_both_while_a_gateway_and_the_leader_are_killed(
    pair: Pair, servers: list[NatsServer], tmp_path: Path
) -> None:
    one, two = pair
    figures = tmp_path / "run.json"
    addresses = [f"--gateway=127.0.0.1:{each.tcp_port}:{each.http_port}" for each in pair]
    flags = ["--ws", "40", "--senders", "10", "--rate", "5", "--seconds", "4", "--json", str(figures)]
    with nursery.in_pipes("swarm", *addresses, *flags) as process:
        async with chat(two) as watcher:
            await watcher.next("message")
        stream = next(word for word in one.banner.split() if word.startswith("CHAT_"))
        leader = next(server for server in servers if server.leads(stream))
        one.kill()
        leader.kill()
        leader.start()
        await asyncio.to_thread(one.again)
        await asyncio.to_thread(process.wait, 60)
        table = process.stdout.read()
    assert process.returncode == 0, table
    report = json.loads(figures.read_bytes())
    assert report["returns"] >= 12
    leader.ready()
    for gateway in pair:
        gateway.judged = True  # the leader was away


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--store", "nats://127.0.0.1:{port}/room"], "is nats-server running"),
        in_worlds(["--store", "nats://no.such.host.invalid:4222/room"], "no.such.host.invalid"),
    ],
)
def test_no_nats_is_one_line(flags: list[str], expected: str) -> None:
    (port,) = free_ports(1)
    refused = ended(*(flag.format(port=port) for flag in flags))
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1, refused.stderr
    assert expected in refused.stderr


@pytest.mark.worlds
def test_a_password_in_the_url_is_not_shown(own: Own, tmp_path: Path) -> None:
    server = own(lone_server(tmp_path, 'authorization { user: "u", password: "right" }'))
    refused = ended("--store", f"nats://u:wrong@127.0.0.1:{server.port}/room")
    assert refused.returncode == 1
    assert "Authorization Violation" in refused.stderr
    assert "is nats-server running" not in refused.stderr
    assert refused.stderr.endswith(
        "say who we are by USER:PASSWORD@ in --store, by --nats-password-file, or by --nats-creds\n"
    )
    assert "wrong" not in refused.stderr


@pytest.mark.parametrize(
    ("settings", "who"),
    [
        ('user: "g w", password: "p@ss w:rd/1?#[%41%"', "g%20w:p%40ss%20w%3Ard%2F1%3F%23[%2541%"),
        ('token: "a/token"', "a%2Ftoken"),
    ],
)
def test_what_can_not_stand_in_a_url_is_percent_encoded(own: Own, tmp_path: Path, settings: str, who: str) -> None:
    server = own(lone_server(tmp_path, f"authorization {{ {settings} }}"))
    checked = ended("--check", "--store", f"nats://{who}@127.0.0.1:{server.port}/room")
    assert checked.returncode == 0, checked.stderr


def test_a_password_for_nats_may_be_in_a_file(own: Own, tmp_path: Path) -> None:
    server = own(lone_server(tmp_path, 'authorization { user: "gw", password: "p@ss %41/1" }'))
    (file := tmp_path / "password").write_text("p@ss %41/1\n")
    file.chmod(0o600)
    store = ("--store", f"nats://gw@127.0.0.1:{server.port}/room", "--nats-password-file", str(file))
    checked = ended("--check", *store)
    assert checked.returncode == 0, checked.stderr
    file.write_text("geheim\n")
    refused = ended("--check", *store)
    assert refused.returncode == 1
    assert "Authorization Violation" in refused.stderr
    assert "geheim" not in refused.stderr


def test_a_nats_that_ends_tls_is_nothing_that_asyncio_tells(own: Own, tmp_path: Path) -> None:
    """It is refused ten times, and each time the server ends the connection."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    issued = authority.issue_cert("localhost")
    issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    tls = f'tls {{ cert_file: "{tmp_path}/both.pem", key_file: "{tmp_path}/both.pem" }}'
    server = own(lone_server(tmp_path, f'authorization {{ user: "u", password: "right" }}\n{tls}'))
    store = ("--store", f"tls://u:wrong@localhost:{server.port}/room", "--nats-ca", str(tmp_path / "ca.pem"))
    refused = ended("--check", *store)
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1, refused.stderr
