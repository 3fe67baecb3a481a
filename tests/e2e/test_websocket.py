"""The WebSocket wires against the websockets client: handshake, events, resume, ends."""

import asyncio
import json
from contextlib import AsyncExitStack

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from gateway.names import guest_label
from gateway.room.room import MAX_CONNECTIONS

from ..patience import PATIENCE
from .conftest import Start
from .gateway import Gateway
from .peers import JSON_PROTOCOL, chat, raw, upgrade_request


async def closed(connection: ClientConnection, heard: list[str | bytes] | None = None) -> tuple[int, str]:
    """The code and reason with which the server closes, after whatever it still sends, which is `heard`."""
    frames = [] if heard is None else heard

    async def read_on() -> None:
        while True:
            frames.append(await connection.recv())

    with pytest.raises(ConnectionClosed) as caught:
        async with asyncio.timeout(PATIENCE):
            await read_on()
    assert caught.value.rcvd is not None
    return caught.value.rcvd.code, caught.value.rcvd.reason


async def test_welcome_and_an_own_message_and_its_ack(gateway: Gateway) -> None:
    async with chat(gateway, name="Ann") as ann:
        welcome = ann.welcome
        assert (welcome["name"], welcome["seq"], welcome["resumed"], welcome["members"]) == ("Ann", 0, False, 1)
        assert len(welcome["session"]) == 22
        await ann.say("hi", "c1")
        events = [await ann.next("ack", "message") for _ in range(2)]
        by_type = {event["type"]: event for event in events}
        assert by_type["ack"] == {"type": "ack", "id": "c1", "seq": 1}
        message = by_type["message"]
        assert (message["seq"], message["from"], message["via"], message["text"]) == (1, "Ann", "web", "hi")
        assert message["at"].endswith("Z")


async def test_a_say_is_said_once(gateway: Gateway) -> None:
    async with chat(gateway) as ann:
        for _ in range(3):
            await ann.say("hi", "c1")
        await ann.say("other", "c1")
        await ann.say("mark")
        acks, texts = [], []
        while "mark" not in texts:
            event = await ann.next("ack", "message")
            acks += [event["seq"]] if event["type"] == "ack" else []
            texts += [event["text"]] if event["type"] == "message" else []
        assert texts == ["hi", "other", "mark"]
        assert acks[:3] == [1, 1, 1]
        session = ann.welcome["session"]
    async with chat(gateway, session=session) as ann:
        await ann.say("hi", "c1")
        assert (await ann.next("ack"))["seq"] == 1


async def test_resume_gives_what_came_since_in_order(gateway: Gateway) -> None:
    async with chat(gateway) as ann:
        async with chat(gateway) as bob:
            await ann.say("one")
            await bob.next("message")
            after = {"epoch": bob.welcome["epoch"], "seq": 1}
        for text in ("two", "three"):
            await ann.say(text)
        await ann.texts(3)
        async with chat(gateway, after=after, history=50) as bob:
            assert bob.welcome["resumed"] is True
            assert bob.welcome["seq"] == 1
            assert await bob.texts(2) == ["two", "three"]
        async with chat(gateway, after={"epoch": "other", "seq": 1}, history=2) as bob:
            assert (bob.welcome["resumed"], bob.welcome["seq"]) == (False, 1)
            assert await bob.texts(2) == ["two", "three"]
        async with chat(gateway, after={"epoch": after["epoch"], "seq": 99}) as bob:
            assert (bob.welcome["resumed"], bob.welcome["seq"]) == (False, 3)


async def test_a_gap_where_retention_has_passed(start: Start) -> None:
    gateway = start("--keep", "5")
    async with chat(gateway) as ann:
        for number in range(20):
            await ann.say(str(number))
        await ann.texts(20)
        epoch = ann.welcome["epoch"]
    gateway.interrupt()
    gateway.again()
    async with chat(gateway, after={"epoch": epoch, "seq": 3}) as bob:
        assert bob.welcome["resumed"] is True
        assert await bob.next("gap", "message") == {"type": "gap", "from": 4, "to": 15}
        assert await bob.texts(5) == ["15", "16", "17", "18", "19"]


async def test_history_pages_backwards(gateway: Gateway) -> None:
    async with chat(gateway) as ann:
        for number in range(10):
            await ann.say(str(number))
        await ann.texts(10)
        await ann.send({"type": "history", "before": 6, "limit": 3})
        page = await ann.next("page")
        assert ([event["text"] for event in page["messages"]], page["more"]) == (["2", "3", "4"], True)
        await ann.send({"type": "history", "before": 3, "limit": 500})
        page = await ann.next("page")
        assert ([event["text"] for event in page["messages"]], page["more"]) == (["0", "1"], False)
        await ann.send({"type": "history", "limit": 2})
        assert [event["text"] for event in (await ann.next("page"))["messages"]] == ["8", "9"]


async def test_who_ping_name_and_commands(gateway: Gateway) -> None:
    async with raw(gateway), chat(gateway, name="ann") as ann:
        await ann.send(
            {"type": "ping"}, {"type": "who"}, {"type": "name", "name": "Anna"}, {"type": "command", "text": "/who"}
        )
        assert await ann.next("pong") == {"type": "pong"}
        people = (await ann.next("who"))["names"]
        guest = guest_label(people[0]["by"])  # of an address others are not told
        assert [(person["name"], person["via"]) for person in people] == [(guest, "tcp"), ("ann", "web")]
        assert people[1]["by"] == ann.welcome["id"] != people[0]["by"]
        assert await ann.next("name") == {"type": "name", "name": "Anna"}
        assert (await ann.next("who"))["names"][1]["name"] == "Anna"
        await ann.send(
            {"type": "command", "text": "/dance"}, {"type": "say", "id": "1", "text": "\n"}, {"type": "hello"}
        )
        codes = [(await ann.next("error"))["code"] for _ in range(3)]
        assert codes == ["unknown-command", "empty", "hello-twice"]


async def test_presence_is_told_within_a_second_or_so(gateway: Gateway) -> None:
    async with chat(gateway, name="ann") as ann:
        async with chat(gateway, name="bob"):
            seen: list[str] = []
            while "bob" not in seen:
                event = await ann.next("presence")
                seen += [person["name"] for person in event["joined"]]
            assert event["members"] == 2
        event = await ann.next("presence")
        assert (event["members"], [person["name"] for person in event["left"]]) == (1, ["bob"])
        await ann.send({"type": "name", "name": "anna"})
        await ann.next("name")
        event = await ann.next("presence")
        assert ([each["name"] for each in event["joined"]], [each["name"] for each in event["left"]]) == (
            ["anna"],
            ["ann"],
        )


async def test_a_session_is_one_person_by_all_its_connections_and_takes_its_name_back(gateway: Gateway) -> None:
    async with chat(gateway, name="Ann") as older, AsyncExitStack() as stack:
        session = older.welcome["session"]
        async with chat(gateway, name="ann") as thief:
            assert thief.welcome["name"].startswith("guest-")
            error = await thief.next("error")
            assert (error["code"], error["message"]) == ("name-taken", "the name ann is taken")
        async with chat(gateway, session=session) as newer:
            assert newer.welcome["name"] == "Ann"
            assert (newer.welcome["session"], newer.welcome["members"]) == (session, 1)
            await newer.say("me")
            for each in (older, newer):
                message = await each.next("message")
                assert (message["from"], message["by"]) == ("Ann", each.welcome["id"])
            await newer.send({"type": "name", "name": "Anna"})
            for each in (older, newer):
                assert (await each.next("name"))["name"] == "Anna"
        async with chat(gateway, name="Anna") as thief:
            assert thief.welcome["name"].startswith("guest-")
        for _ in range(MAX_CONNECTIONS):
            last = await stack.enter_async_context(chat(gateway, session=session))
            assert last.welcome["name"] == "Anna"
        assert await closed(older.connection) == (4001, "replaced")
        await stack.aclose()
    gateway.interrupt()
    gateway.again()
    async with chat(gateway, session=session) as later:
        assert later.welcome["name"] == "Anna"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ('{"type":"say","text":"x"}', "hello-first"),
        ('{"type":"hello","session":"short"}', "bad-session"),
        ("nonsense", "bad-json"),
        ('{"type":"dance"}', "bad-event"),
    ],
)
async def test_a_bad_hello_ends_it(gateway: Gateway, frame: str, code: str) -> None:
    async with chat(gateway) as ann, connect(gateway.url, subprotocols=[JSON_PROTOCOL]) as connection:
        await connection.send(frame)
        assert json.loads(await connection.recv())["code"] == code
        assert await closed(connection) == (4500, "bad-hello")
        await ann.say("mark")
        assert await ann.texts(1) == ["mark"]


async def test_wrong_events_are_errors_and_the_connection_goes_on(gateway: Gateway) -> None:
    async with chat(gateway) as ann:
        await ann.connection.send(
            '{"type":"dance","id":"7"}\nnonsense\n' + json.dumps({"type": "say", "id": "8", "text": "x" * 65537})
        )
        errors = [await ann.next("error") for _ in range(3)]
        assert [error["code"] for error in errors] == ["bad-event", "bad-json", "too-long"]
        assert [error.get("id") for error in errors] == ["7", None, "8"]
        await ann.say("x" * 65536, "9")
        assert (await ann.next("ack"))["id"] == "9"


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([Frame(Opcode.BINARY, b"x")], 1003),
        ([Frame(Opcode.TEXT, b"\xff")], 1007),
        ([Frame(Opcode.TEXT, b"a", fin=False), *[Frame(Opcode.CONT, b"", fin=False)] * 65], 1008),
        ([Frame(Opcode.CONT, b"a")], 1002),
        ([Frame(Opcode.TEXT, b"x" * 600_000)], 1009),
    ],
    ids=["binary", "not UTF-8", "fragments", "broken rules", "too big"],
)
async def test_broken_rules_close_and_what_was_said_before_is_said(
    gateway: Gateway, frames: list[Frame], code: int
) -> None:
    async with chat(gateway) as ann, connect(gateway.url, compression=None) as plain:
        plain.transport.write(
            b"".join(frame.serialize(mask=True) for frame in [Frame(Opcode.TEXT, b"before"), *frames])
        )
        assert (await closed(plain))[0] == code
        assert await ann.texts(1) == ["before"]


async def test_fragments_make_a_message(gateway: Gateway) -> None:
    async with chat(gateway) as ann, connect(gateway.url, compression=None) as plain:
        await plain.send(["你", "好", "!"])
        assert await ann.texts(1) == ["你好!"]
        await plain.send(["x" * 100] * 150)  # as many as one likes, if there is something in them
        assert await ann.texts(1) == ["x" * 15_000]


async def test_what_was_said_before_a_close_frame_is_in_the_log_when_the_close_is_answered(gateway: Gateway) -> None:
    async with chat(gateway) as ann:
        async with connect(gateway.url) as plain:
            for number in range(50):
                await plain.send(str(number))
        async with chat(gateway, history=50) as bob:
            assert await bob.texts(50) == [str(number) for number in range(50)]
        assert await ann.texts(50) == [str(number) for number in range(50)]


async def test_ten_pings_get_ten_pongs(gateway: Gateway) -> None:
    async with connect(gateway.url, compression=None, ping_interval=None) as plain:
        waiters = [await plain.ping(str(number)) for number in range(10)]
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*waiters)


@pytest.mark.parametrize(
    "offer",
    [
        "permessage-deflate",
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate; server_max_window_bits=15",
    ],
)
async def test_deflate_is_agreed_without_context_takeover(gateway: Gateway, offer: str) -> None:
    answer = await shake_hands(gateway, f"Sec-WebSocket-Extensions: {offer}")
    assert "101 Switching Protocols" in answer
    (line,) = [line for line in answer.splitlines() if line.startswith("Sec-WebSocket-Extensions")]
    assert "server_no_context_takeover" in line
    assert "client_no_context_takeover" in line


async def test_deflate_with_a_smaller_window_is_declined(gateway: Gateway) -> None:
    answer = await shake_hands(gateway, "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10")
    assert "101 Switching Protocols" in answer
    assert "Sec-WebSocket-Extensions" not in answer


async def test_other_subprotocols_get_the_plain_wire(gateway: Gateway) -> None:
    assert "Sec-WebSocket-Protocol" not in await shake_hands(gateway, "Sec-WebSocket-Protocol: mqtt")
    assert "chat.v1.json" in await shake_hands(gateway, "Sec-WebSocket-Protocol: mqtt, chat.v1.json")


async def shake_hands(gateway: Gateway, *fields: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.http_port)
    writer.write(upgrade_request(*fields))
    async with asyncio.timeout(PATIENCE):
        answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return answer.decode()


async def test_a_stop_closes_with_1001_after_what_is_owed(gateway: Gateway) -> None:
    async with chat(gateway) as ann, connect(gateway.url) as plain, raw(gateway) as peer:
        for number in range(20):
            await ann.say(str(number), f"c{number}")
        for _ in range(20):  # what it has not read it owes nobody
            while (await ann.next("ack", "message"))["type"] != "ack":
                pass
        stopping = asyncio.create_task(asyncio.to_thread(gateway.interrupt))
        heard: list[str | bytes] = []
        assert await closed(plain, heard) == (1001, "going-away")
        assert "".join(map(str, heard)).count("的消息:") == 20
        assert await closed(ann.connection) == (1001, "going-away")
        assert (await peer.rest()).count("的消息:") == 20
        assert await stopping == 0


async def test_a_page_of_another_origin_is_refused(gateway: Gateway) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with connect(gateway.url, origin="http://evil.example"):  # type: ignore[arg-type]
            pass
    assert caught.value.response.status_code == 403
