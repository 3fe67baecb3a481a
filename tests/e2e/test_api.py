"""The web port's plain requests: by curl, by aiohttp, and by schemathesis against their own description."""

import asyncio
import json
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession
from hypothesis import HealthCheck, given, settings

from ..patience import PATIENCE
from ..processes import need, started
from .conftest import Start
from .gateway import Gateway
from .peers import chat, raw

JSON = {"Content-Type": "application/json"}


async def say(gateway: Gateway, body: str | bytes, query: str = "", **headers: str) -> tuple[int, dict[str, Any]]:
    """The status and what it answers."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    async with ClientSession() as session, session.post(f"{gateway.page}say{query}", data=body, headers=fields) as got:
        return got.status, await got.json()


@asynccontextmanager
async def stream(gateway: Gateway, query: str = "", **headers: str) -> AsyncIterator[ClientResponse]:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    async with ClientSession() as session, session.get(f"{gateway.page}events{query}", headers=fields) as response:
        yield response


async def event(response: ClientResponse) -> dict[str, str]:
    """The fields of the next event that is none of the stream's own signs of life."""
    async with asyncio.timeout(PATIENCE):
        lines = (await response.content.readuntil(b"\n\n")).decode().strip().split("\n")
    fields = dict(line.split(": ", 1) for line in lines)
    fields.pop("retry", None)
    return fields


def test_curl_says_and_hears(gateway: Gateway) -> None:
    curl = need("curl")
    page = gateway.page
    said = subprocess.check_output([curl, "-s", "-d", "deployed", f"{page}say?name=小明"], text=True)
    assert json.loads(said)["seq"] == 1
    read = json.loads(subprocess.check_output([curl, "-s", f"{page}messages"], text=True))
    assert [(each["from"], each["text"]) for each in read["messages"]] == [("小明", "deployed")]
    follow = [curl, "-sN", "-H", "Accept: text/plain", f"{page}events?history=5"]
    with started(follow, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "来自小明的消息:deployed\n"
        subprocess.check_output([curl, "-s", "--data-binary", "two\nlines", f"{page}say"])
        assert process.stdout.readline().endswith("的消息:two\n")
        assert process.stdout.readline() == "  lines\n"
        process.kill()


async def test_what_is_said_is_heard_on_every_wire(gateway: Gateway) -> None:
    async with chat(gateway) as ann, raw(gateway) as nc, stream(gateway) as events:
        status, answer = await say(gateway, '{"text": "hello", "name": "ci"}', Content_Type="application/json")
        assert status == 200
        message = await ann.next("message")
        assert (message["seq"], message["from"], message["via"]) == (answer["seq"], "ci", "web")
        assert "来自ci的消息:hello\n\n" in await nc.until("hello\n\n")
        heard = await event(events)
        assert heard["id"] == f"{answer['epoch']}:{answer['seq']}"
        assert json.loads(heard["data"]) == {key: message[key] for key in ("at", "from", "via", "text", "by")}
        # A command is a text like any other here.
        await say(gateway, "/quit")
        assert (await ann.next("message"))["text"] == "/quit"


def test_curl_deletes(start: Start) -> None:
    curl = need("curl")
    gateway = start("--admin-password", "secret")
    for text in ("hunter2", "and more"):
        subprocess.check_output([curl, "-s", "-d", text, f"{gateway.page}say"])
    delete = [curl, "-s", "-X", "DELETE", "-H", "Authorization: Bearer secret", f"{gateway.page}messages/1"]
    assert json.loads(subprocess.check_output(delete, text=True))["seq"] == 3
    read = subprocess.check_output([curl, "-s", f"{gateway.page}messages"], text=True)
    assert [each["text"] for each in json.loads(read)["messages"]] == ["and more"]
    assert json.loads(subprocess.check_output(delete, text=True))["code"] == "no-such-message"


async def test_an_idempotency_key_says_it_once(gateway: Gateway) -> None:
    first = await say(gateway, "once", Idempotency_Key="k1")
    assert await say(gateway, "once", Idempotency_Key="k1") == first
    assert await say(gateway, "once", Idempotency_Key="k2") != first
    assert (await say(gateway, "once", Idempotency_Key="x" * 65))[1]["code"] == "bad-id"


async def test_guests_of_two_addresses_may_use_the_same_key(start: Start) -> None:
    gateway = start("--trust-proxy", "127.0.0.1")
    told = [
        await say(gateway, "once", Idempotency_Key="k", X_Forwarded_For=address)
        for address in ("192.0.2.1", "192.0.2.2", "192.0.2.1", "2001:db8::1", "2001:db8::2")
    ]
    assert [answer["seq"] for _, answer in told] == [1, 2, 1, 3, 3]  # one /64 is one address
    named = [
        await say(gateway, "once", "?name=ci", Idempotency_Key="k", X_Forwarded_For=address)
        for address in ("192.0.2.1", "192.0.2.2")
    ]
    assert [answer["seq"] for _, answer in named] == [4, 4]  # all scripts that use one name are one
    posing = await say(gateway, "once", "?name=from%20192.0.2.3", Idempotency_Key="k", X_Forwarded_For="192.0.2.1")
    guest = await say(gateway, "once", Idempotency_Key="k", X_Forwarded_For="192.0.2.3")
    assert (posing[1]["seq"], guest[1]["seq"]) == (5, 6)  # no name is a guest of an address


async def test_a_stream_goes_on_where_it_was(gateway: Gateway) -> None:
    for number in range(5):
        await say(gateway, str(number))
    async with stream(gateway, "?history=3") as events:
        heard = [await event(events) for _ in range(3)]
    assert [json.loads(each["data"])["text"] for each in heard] == ["2", "3", "4"]
    async with stream(gateway, Last_Event_ID=heard[0]["id"]) as again:
        assert [await event(again), await event(again)] == heard[1:]
    async with stream(gateway, Last_Event_ID="another:1") as other:
        assert await event(other) == {"event": "gap", "data": '{"type":"gap","from":1,"to":5}'}
        await say(gateway, "new")
        assert json.loads((await event(other))["data"])["text"] == "new"


async def test_a_stream_is_a_member_and_counted(gateway: Gateway) -> None:
    async with stream(gateway), chat(gateway) as ann:
        assert ann.welcome["members"] == 2


async def test_a_stream_is_told_of_a_gap(start: Start) -> None:
    gateway = start("--keep", "5")
    for number in range(3):
        epoch = (await say(gateway, str(number)))[1]["epoch"]
    for number in range(3, 12):
        await say(gateway, str(number))
    assert gateway.interrupt() == 0
    gateway.again()  # what is gone from the log may be in memory before
    async with stream(gateway, Last_Event_ID=f"{epoch}:2") as events:
        told = await event(events)
        assert told["event"] == "gap"
        assert json.loads(told["data"]) == {"type": "gap", "from": 3, "to": 7}


async def test_pages_of_the_log(gateway: Gateway) -> None:
    for number in range(7):
        await say(gateway, str(number))
    async with ClientSession() as session:
        seen: list[str] = []
        after, more = 0, True
        while more:
            async with session.get(f"{gateway.page}messages?after={after}&limit=3") as response:
                page = await response.json()
            seen += [message["text"] for message in page["messages"]]
            after, more = page["messages"][-1]["seq"], page["more"]
    assert seen == [str(number) for number in range(7)]


@pytest.mark.parametrize(
    ("body", "query", "headers", "status", "code"),
    [
        ("", "", {}, 400, "empty"),
        (" \n", "", {}, 400, "empty"),
        (b"\xff\xfe", "", {"Content-Type": "text/plain"}, 400, "bad-utf8"),
        ("[1]", "", JSON, 400, "bad-json"),
        ("{", "", JSON, 400, "bad-json"),
        ('{"text": 1}', "", JSON, 400, "bad-json"),
        ("x", "?name=guest-1", {}, 400, "name-reserved"),
        ("x", "?name=", {}, 400, "name-empty"),
        ("x" * 70_000, "", {}, 413, "too-long"),
        ("x" * 700_000, "", {}, 413, "too-long"),
    ],
)
async def test_what_is_wrong_is_said(
    gateway: Gateway, body: str | bytes, query: str, headers: dict[str, str], status: int, code: str
) -> None:
    got, answer = await say(gateway, body, query, **headers)
    assert (got, answer["code"]) == (status, code)


async def test_a_name_that_somebody_has_is_refused_and_a_scripts_name_is_free_again(gateway: Gateway) -> None:
    async with chat(gateway, name="Ann") as ann:
        assert (await say(gateway, "x", "?name=ann"))[1]["code"] == "name-taken"
        assert all(
            status == 200 for status, _ in await asyncio.gather(*(say(gateway, "x", "?name=ci") for _ in range(9)))
        )
        async with asyncio.timeout(PATIENCE):
            await ann.send({"type": "name", "name": "ci"})
            while (await ann.next("name", "error", "message"))["type"] != "name":
                pass


async def test_a_page_of_another_origin_is_refused(gateway: Gateway) -> None:
    async with ClientSession() as session:
        for origin in ("http://evil.example", "null"):
            for path, method in (("say", "POST"), ("events", "GET"), ("messages", "GET")):
                fields = {"Origin": origin}
                async with session.request(method, gateway.page + path, headers=fields, data=b"") as response:
                    assert response.status == 403


async def test_the_password_opens_it_and_guesses_are_limited(start: Start) -> None:
    gateway = start("--password", "sesame")
    async with ClientSession() as session:
        for path in ("messages", "events"):
            async with session.get(gateway.page + path) as response:
                assert response.status == 401
                assert "Authorization: Bearer" in await response.text()
        right = {"Authorization": "Bearer sesame"}
        async with session.get(gateway.page + "messages", headers=right) as response:
            assert response.status == 200
        async with session.get(gateway.page + "events", headers=right) as response:
            assert response.status == 200
        statuses = []
        for _ in range(7):
            async with session.post(
                gateway.page + "say", data=b"x", headers={"Authorization": "Bearer no"}
            ) as response:
                statuses.append(response.status)
        assert statuses[:5] == [401] * 5
        assert statuses[-1] == 429


async def test_too_fast_is_told_when_to_come_again(start: Start) -> None:
    gateway = start("--rate", "1", "--burst", "3")
    statuses = []
    async with ClientSession() as session:
        for _ in range(6):
            async with session.post(gateway.page + "say", data=b"x") as response:
                statuses.append((response.status, response.headers.get("Retry-After")))
    assert statuses[:3] == [(200, None)] * 3
    assert statuses[-1][0] == 429
    assert statuses[-1][1] is not None


def test_half_a_body_counts_as_what_came_of_it(start: Start) -> None:
    gateway = start("--rate-kib", "1")
    statuses = []
    for sent, told in ((20_000, 20_010), (1, 1)):
        with socket.create_connection(("127.0.0.1", gateway.http_port), PATIENCE) as peer:
            peer.sendall(b"POST /say HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % told + b"x" * sent)
            peer.shutdown(socket.SHUT_WR)
            statuses.append(peer.recv(12))
    assert statuses == [b"", b"HTTP/1.1 429"]


async def test_while_the_log_can_not_be_written_it_says_so(start: Start) -> None:
    gateway = start()
    await say(gateway, "before")
    gateway.store.rename(gateway.store.with_name("away"))
    status, answer = await say(gateway, "lost?", Idempotency_Key="k")
    assert (status, answer["code"]) == (503, "store-failed")
    gateway.store.with_name("away").rename(gateway.store)
    async with asyncio.timeout(PATIENCE):
        while (again := await say(gateway, "lost?", Idempotency_Key="k"))[0] == 503:
            await asyncio.sleep(0.1)
    async with ClientSession() as session, session.get(gateway.page + "messages") as response:
        texts = [each["text"] for each in (await response.json())["messages"]]
    assert texts == ["before", "lost?"]
    assert again[1]["seq"] == 2
    gateway.judged = True


def test_it_does_what_it_says_it_does(start: Start) -> None:
    """Schemathesis makes up requests from the description, and holds every answer against it."""
    import schemathesis  # here: it takes most of a second, and is for this test alone
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    gateway = start("--rate", "0", "--rate-kib", "0", "--admin-password", "secret")
    schema = schemathesis.openapi.from_url(f"{gateway.page}openapi.json").include(
        path=["/say", "/messages", "/messages/{seq}"]
    )
    tried: list[str] = []
    for found in schema.get_all_operations():

        @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(found.ok().as_strategy())  # type: ignore[union-attr]
        def check(case: schemathesis.Case[Any]) -> None:
            tried.append(case.path)
            case.call_and_validate(excluded_checks=[positive_data_acceptance])  # not every text is a message, or a name

        check()
    assert min(tried.count(path) for path in ("/say", "/messages")) >= 20
