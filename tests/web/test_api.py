"""Plain requests; with real clients in e2e/test_api."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any
from unittest.mock import Mock

import pytest

from gateway.messages import Draft, Message, clean_text
from gateway.stores.memory import MemoryStore
from gateway.web import api, said
from gateway.web.openapi import DESCRIPTION
from gateway.wires.events import MAX_ID

from ..doors import JsonPeer, ReadPeer, SayPeer, respond
from ..fakes import a_store, scene
from ..inprocess import KERNEL_BYTES, Gateway, Http, gateway, rest, timeless
from ..samples import a_draft
from ..tables import each_of
from ..test_outages import Flaky


async def test_large_texts_are_cleaned_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten posts of one address, of what is taken out of texts, kept all others waiting 0.9 s."""
    cleaned: list[tuple[str, int]] = []
    round_number = 0

    def slowly(text: str) -> str:
        here.worked += 0.004
        cleaned.append((text, round_number))
        return text

    monkeypatch.setattr(said, "clean_text", slowly)
    async with scene(rate=0.0, rate_kib=0.0) as here:
        crowd = [asyncio.ensure_future(SayPeer(here, "203.0.113.9").ask("crowd")) for _ in range(10)]
        crowd.append(asyncio.ensure_future(SayPeer(here, "203.0.113.7").ask("bystander")))
        while not all(each.done() for each in crowd):
            round_number += 1
            await asyncio.sleep(0)
        assert {each.result() for each in crowd} == {""}
    assert max(Counter(when for _, when in cleaned).values()) <= 3
    assert [text for text, _ in cleaned].index("bystander") <= 4


async def test_what_is_far_too_long_is_not_even_cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(said, "clean_text", Mock(side_effect=clean_text))
    async with scene(max_text=100) as here:
        assert json.loads(await SayPeer(here, "203.0.113.9").ask("\x1b" * 201))["code"] == "too-long"
        assert not said.clean_text.called  # type: ignore[attr-defined]
        assert json.loads(await SayPeer(here, "203.0.113.9").ask("\x1b" * 200))["code"] == "empty"
        assert await SayPeer(here, "203.0.113.9").ask("\x1b[1mhello\x1b[m") == ""


class SlowStore(MemoryStore):
    """A page of it is read when the test says so."""

    def __init__(self) -> None:
        super().__init__(1000, 10**9)
        self.may_go_on = asyncio.Event()
        self.reading = 0
        self.limits: set[int] = set()

    async def read(self, after: int, limit: int) -> list[Message]:
        self.limits.add(limit)
        return await super().read(after, limit)

    async def onward(self, after: int, limit: int) -> list[Message]:
        self.limits.add(limit)
        return await super().onward(after, limit)

    async def page(self, before: int, limit: int) -> list[Message]:
        self.reading += 1
        self.limits.add(limit)
        await self.may_go_on.wait()
        return await super().page(before, limit)


@each_of("name", ["after", "limit"])
@each_of("value", ["", "x", "-1", "1.5", "٣", "10000000000000000"])
async def test_a_number_that_is_none_is_refused_by_its_name(name: str, value: str) -> None:
    async with scene() as here:
        answer = await respond(here, "203.0.113.9", "GET", f"/messages?{name}={value}")
        assert isinstance(answer.body, bytes)
        assert (answer.status, json.loads(answer.body)["code"]) == (400, "bad-number")
        assert name in json.loads(answer.body)["message"]
        assert (await respond(here, "203.0.113.9", "GET", f"/messages?{name}={'9' * 16}")).status == 200


async def test_what_can_not_be_read_now_may_be_asked_for_a_second_later() -> None:
    store = Flaky()
    async with scene(store) as here:
        store.failing = {"read", "page"}
        answer = await respond(here, "203.0.113.9", "GET", "/messages")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert isinstance(answer.body, bytes)
        assert "the disk is full" in json.loads(answer.body)["message"]


async def test_who_says_something_is_told_where_it_stands_in_which_log() -> None:
    async with scene() as here:
        for seq in (1, 2):
            answer = await respond(here, "203.0.113.9", "POST", "/say", {"text": "hi"})
            assert isinstance(answer.body, bytes)
            assert json.loads(answer.body) == {"epoch": here.room.store.epoch, "seq": seq}
        answer = await respond(here, "203.0.113.9", "POST", "/say", {"txt": "hi"})
        assert isinstance(answer.body, bytes)
        assert (answer.status, json.loads(answer.body)["code"]) == (400, "bad-json")
        assert "text" in json.loads(answer.body)["message"]


async def test_who_reads_much_waits_for_itself() -> None:
    """An address that asked for many pages at once had all the others behind these: 2.2 s."""
    store = SlowStore()
    async with scene(store, rate=0.0, rate_kib=0.0) as here:
        crowd = [asyncio.ensure_future(ReadPeer(here, "203.0.113.9").ask("")) for _ in range(20)]
        await here.settle()
        assert store.reading == 1
        other = asyncio.ensure_future(ReadPeer(here, "203.0.113.7").ask(""))
        await here.settle()
        assert store.reading == 2
        store.may_go_on.set()
        await other
        assert sum(each.done() for each in crowd) <= 3
        await asyncio.gather(*crowd)


@timeless
async def test_of_our_own_machine_each_is_somebody_and_waits_for_no_other() -> None:
    """As all whom a proxy brings that does not say whom."""
    store = SlowStore()
    async with gateway(store, rate=0.0) as here:
        visits = [Http(here, path="/messages", host="127.0.0.1") for _ in range(2)]
        await rest()
        assert store.reading == api.READINGS
        store.may_go_on.set()
        await rest()
        assert [each.status for each in visits] == [200, 200]


@timeless
@pytest.mark.parametrize("query", ["", "?after=0"])
@pytest.mark.parametrize(("max_text", "step"), [(400_000, 2), (1_500_000, 1)])
async def test_of_long_texts_no_more_are_read_at_once_than_may_be_a_page(query: str, max_text: int, step: int) -> None:
    store = SlowStore()
    store.may_go_on.set()
    await store.append([a_draft(f"{number}") for number in range(9)])
    async with gateway(store, max_text=max_text) as here:
        await rest()
        store.limits.clear()
        visit = Http(here, path=f"/messages{query}")
        await rest()
        assert visit.status == 200
        assert store.limits == {step}


async def test_each_of_a_crowd_pays_for_the_page_before_it() -> None:
    """They were all let in before the first was paid for, and the address was 30 s in debt."""
    store = a_store()
    await store.append([a_draft("x" * 60_000) for _ in range(20)])
    async with scene(store, rate=100.0, rate_kib=64.0) as here:
        told = await asyncio.gather(*(ReadPeer(here, "203.0.113.9").ask("") for _ in range(100)))
        assert 0 < sum(each == "" for each in told) < 50
        assert {json.loads(each)["code"] for each in told if each} == {"too-fast"}
        assert here.house.meters.owed("203.0.113.9", here.clock.now()) < 2


# --- over HTTP ------------------------------------------------------------------------------------------------------


def _say(here: Gateway, body: bytes, query: str = "", host: str = "203.0.113.9", **fields: str) -> Http:
    visit = Http(here, "POST", f"/say{query}", host, Content_Length=str(len(body)), **fields)
    visit.send(body)
    return visit


def _answer(visit: Http) -> Any:
    """What it was answered, if all of it came."""
    head, _, body = bytes(visit.data).partition(b"\r\n\r\n")
    assert b"\r\nContent-Type: application/json\r\n" in head
    assert b"\r\nContent-Length: %d\r\n" % len(body) in head
    return json.loads(body)


@timeless
@pytest.mark.parametrize(
    ("fields", "body", "status", "told"),
    [
        ({}, b"hi", 200, "hi"),
        ({}, b"\xef\xbb\xbfhi", 200, "hi"),
        ({}, b"hi\xef\xbb\xbf!", 200, "hi\ufeff!"),
        ({"Content_Encoding": "Identity"}, b"hi", 200, "hi"),
        ({"Content_Encoding": "gzip"}, b"hi", 415, "bad-encoding"),
        ({"Content_Type": "application/json; charset=utf-8"}, b'{"text": "hi"}', 200, "hi"),
        ({"Content_Type": "text/plain"}, b'{"text": "hi"}', 200, '{"text": "hi"}'),
        ({"Content_Type": "multipart/form-data; boundary=x"}, b"hi", 415, "bad-form"),
        ({"Idempotency_Key": "k"}, b"hi", 200, "hi"),
        ({"Idempotency_Key": "k" * MAX_ID}, b"hi", 200, "hi"),
        ({"Idempotency_Key": "k" * (MAX_ID + 1)}, b"hi", 400, "bad-id"),
        ({"Idempotency_Key": "钥" * 22}, b"hi", 400, "bad-id"),
        ({"Idempotency_Key": "k\ufffd"}, b"hi", 400, "bad-id"),
        ({"Idempotency_Key": ""}, b"hi", 400, "bad-id"),
    ],
)
async def test_a_message_is_read_as_its_fields_say_or_refused_by_what_they_say(
    fields: dict[str, str], body: bytes, status: int, told: str
) -> None:
    async with gateway() as here:
        visit = _say(here, body, **fields)
        await rest()
        answer = _answer(visit)
        assert (visit.status, answer.get("code")) == (status, None if status == 200 else told)
        assert here.said == ([told] if status == 200 else [])
        counted = f'gateway_refusals_total{{reason="{told}"}} 1.0'
        assert (counted in here.house.metrics.expose().decode()) == (status != 200)


@timeless
async def test_what_is_sent_again_by_its_key_is_said_once_and_a_key_is_its_speakers_own() -> None:
    async with gateway() as here:
        for host, query, key, seq in (
            ("203.0.113.1", "", "k", 1), ("203.0.113.1", "", "k", 1), ("203.0.113.1", "", "other", 2),
            ("203.0.113.2", "", "k", 3), ("203.0.113.1", "?name=ci", "k", 4), ("203.0.113.1", "?name=cd", "k", 5),
            ("203.0.113.2", "?name=ci", "k", 4),
        ):  # fmt: skip
            visit = _say(here, b"hi", query, host, Idempotency_Key=key)
            await rest()
            assert _answer(visit)["seq"] == seq
        assert len(here.said) == 5


class Drafted(MemoryStore):
    """It notes what it is given."""

    def __init__(self) -> None:
        super().__init__(1000, 10**9)
        self.drafts: list[Draft] = []

    async def append(self, drafts: Sequence[Draft]) -> list[int]:
        self.drafts += drafts
        return await super().append(drafts)


@timeless
async def test_of_a_key_of_which_the_text_alone_may_be_secret_that_can_be_left_out() -> None:
    store = Drafted()
    async with gateway(store) as here:
        for text, query, key in ((b"a", "", "k"), (b"b", "", "k"), (b"a", "?name=ci", "k"), (b"b", "?name=ci", "l")):
            _say(here, text, query, Idempotency_Key=key)
            await rest()
        _say(here, b"c")
        await rest()
    keys, ids = [each.key for each in store.drafts], [each.id_key for each in store.drafts]
    assert (keys[4], ids[4], len(store.drafts)) == (None, None, 5)
    assert ids[0] == ids[1]
    assert len({*keys[:4], *ids[:4]}) == 7


async def test_a_session_s_key_is_whole_nobody_can_guess_it() -> None:
    store = Drafted()
    async with scene(store) as here:
        ann = JsonPeer(here, "203.0.113.9", "Ann")
        await ann.come()
        await ann.tell(type="say", id="1", text="a")
    assert [(bool(each.key), each.id_key) for each in store.drafts] == [(True, None)]


@timeless
async def test_who_gives_no_password_is_told_how_to_give_it_and_who_guesses_when_to_come_again() -> None:
    async with gateway(password="open sesame") as here:
        visits = [Http(here, path="/messages", Authorization="Bearer x") for _ in range(9)]
        visits.append(Http(here, path="/messages", host="203.0.113.2"))
        await rest()
        first, *_, last, other = visits
        assert (first.status, last.status, other.status) == (401, 429, 401)
        assert "\r\nWWW-Authenticate: Bearer\r\n" in first.text
        assert "\r\nRetry-After: 10\r\n" in last.text
        assert [_answer(each)["code"] for each in (first, last, other)] == [
            "password-wrong", "password-wait", "password-needed",
        ]  # fmt: skip


@timeless
async def test_a_page_of_the_log_is_what_was_asked_for_and_says_of_which_log_it_is_and_whether_there_is_more() -> None:
    store = a_store()
    await store.append([a_draft(f"{number}") for number in range(1, 121)])
    async with gateway(store, rate=0.0) as here:
        for query, first, last, more in (
            ("", 71, 120, True), ("?limit=1", 120, 120, True), ("?limit=120", 1, 120, False),
            ("?after=0", 1, 50, True), ("?after=70", 71, 120, False), ("?after=106&limit=3", 107, 109, True),
            ("?after=119", 120, 120, False), ("?after=120", 121, 120, False), (f"?after={2**53}", 121, 120, False),
        ):  # fmt: skip
            visit = Http(here, path=f"/messages{query}")
            await rest()
            page = _answer(visit)
            assert [each["seq"] for each in page["messages"]] == [*range(first, last + 1)], query
            assert (page["more"], page["epoch"]) == (more, store.epoch), query


@timeless
@pytest.mark.parametrize("query", ["?limit=100", "?after=0&limit=100"])
async def test_a_large_page_is_cut_and_comes_whole_as_fast_as_it_is_taken_and_of_head_its_length_alone(
    query: str,
) -> None:
    store = a_store()
    await store.append([a_draft(f"{number:<60000}x") for number in range(30)])
    async with gateway(store, rate=0.0, rate_kib=0.0) as here:
        visit, head = Http(here, path=f"/messages{query}"), Http(here, "HEAD", f"/messages{query}")
        visit.stall()
        await rest()
        assert len(visit.data) == KERNEL_BYTES
        assert visit.line.get_write_buffer_size() < 4 * api.PIECE  # the rest waits as one text, not as two
        visit.take()
        await rest()
        page = _answer(visit)
        assert 10 < len(page["messages"]) < 18
        assert page["more"]
        fields, _, body = bytes(head.data).partition(b"\r\n\r\n")
        assert body == b""
        assert b"\r\nContent-Length: %d\r\n" % len(bytes(visit.data).partition(b"\r\n\r\n")[2]) in fields


@timeless
async def test_of_pages_that_nobody_takes_the_oldest_of_who_asked_for_most_is_given_up() -> None:
    store = a_store()
    await store.append([a_draft("x" * 60_000) for _ in range(10)])
    async with gateway(store, rate=0.0, rate_kib=0.0, per_ip=0) as here:
        visits = []

        async def ask(host: str) -> None:
            visits.append(Http(here, path="/messages", host=host))
            visits[-1].stall()
            await rest()

        for number in range(api.UNREAD_ANSWERS):
            await ask("203.0.113.1" if number in (0, 1) else "203.0.113.9" if number % 2 else f"203.0.113.{number}0")
        assert not any(each.is_lost for each in visits)
        await ask("203.0.113.2")
        assert [each.host for each in visits if each.is_lost] == ["203.0.113.9"]
        assert visits[3].is_lost
        await ask("203.0.113.2")
        assert [number for number, each in enumerate(visits) if each.is_lost] == [3, 5]
        for each in visits:
            each.reset()


@timeless
async def test_the_description_is_there() -> None:
    async with gateway() as here:
        visit = Http(here, path="/openapi.json")
        await rest()
        assert _answer(visit) == DESCRIPTION


# --- taking back --------------------------------------------------------------------------------------------------

ADMIN = {"Authorization": "Bearer secret"}


async def ask(here: Gateway, method: str, path: str, host: str = "203.0.113.7", **fields: str) -> Http:
    visit = Http(here, method, path, host, **fields)
    await rest()
    return visit


@timeless
async def test_an_operator_deletes_by_a_request() -> None:
    async with gateway(password="open", admin_password="secret") as here:
        Http(here, "POST", "/say", body={"text": "hunter2"}, Authorization="Bearer open")
        await rest()
        answer = await ask(here, "DELETE", "/messages/1", **ADMIN)
        assert answer.status == 200
        assert _answer(answer) == {"epoch": here.house.room.store.epoch, "seq": 2}
        assert "hunter2" not in (await ask(here, "GET", "/messages", Authorization="Bearer open")).text
        assert "hunter2" not in here.said
        again = await ask(here, "DELETE", "/messages/1", **ADMIN)
        assert (again.status, _answer(again)["code"]) == (404, "no-such-message")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/messages/0", 404, "no-such-message"),
        ("/messages/2", 404, "no-such-message"),
        ("/messages/-1", 400, "bad-number"),
        ("/messages/x", 400, "bad-number"),
        ("/messages/99999999999999999", 400, "bad-number"),
        ("/messages/9007199254740993", 404, "no-such-message"),  # past the last that there may be
        ("/messages/9999999999999999", 404, "no-such-message"),
    ],
)
@timeless
async def test_what_is_no_message_is_not_deleted(path: str, status: int, code: str) -> None:
    async with gateway(admin_password="secret") as here:
        answer = await ask(here, "DELETE", path, **ADMIN)
        assert (answer.status, _answer(answer)["code"]) == (status, code)
        assert status == 400 or path.rpartition("/")[2] in _answer(answer)["message"]


@pytest.mark.parametrize(
    ("settings", "bearer", "status", "code"),
    [
        ({"admin_password": "secret"}, "", 401, "password-needed"),
        ({"admin_password": "secret"}, "Bearer wrong", 401, "password-wrong"),
        ({"admin_password": "secret", "password": "open"}, "Bearer open", 401, "password-wrong"),
        ({}, "Bearer secret", 403, "op-none"),
        ({"password": "secret"}, "Bearer secret", 403, "op-none"),
    ],
)
@timeless
async def test_nobody_else_deletes_by_a_request(settings: Any, bearer: str, status: int, code: str) -> None:
    async with gateway(**settings) as here:
        await here.store.append([a_draft("stays")])
        await rest()
        answer = await ask(here, "DELETE", "/messages/1", **({"Authorization": bearer} if bearer else {}))
        assert (answer.status, _answer(answer)["code"]) == (status, code)
        assert ("WWW-Authenticate: Bearer" in answer.text) is (status == 401)
        assert ("operators' password" in answer.text) is (code == "password-needed")
        assert [each.text for each in await here.store.read(0, 9)] == ["stays"]


@timeless
async def test_guesses_at_the_operators_password_by_requests_count_like_all_others() -> None:
    async with gateway(admin_password="secret") as here:
        codes = [
            _answer(await ask(here, "DELETE", "/messages/1", Authorization=f"Bearer {number}"))["code"]
            for number in range(7)
        ]
        assert codes == ["password-wrong"] * 5 + ["password-wait"] * 2
        assert (await ask(here, "DELETE", "/messages/1", **ADMIN)).status == 429


@timeless
async def test_who_deletes_too_fast_is_told_when_it_may_again() -> None:
    async with gateway(admin_password="secret", rate=0.1, burst=1) as here:
        statuses = [(await ask(here, "DELETE", "/messages/1", **ADMIN)).status for _ in range(6)]
        assert statuses == [404] * 4 + [429] * 2


@timeless
async def test_while_nothing_can_be_stored_a_deletion_is_kept_once_and_refused_then() -> None:
    store = Flaky()
    await store.append([a_draft("hunter2")])
    async with gateway(store, admin_password="secret") as here:
        store.failing = {"append"}
        answers = [await ask(here, "DELETE", "/messages/1", **ADMIN) for _ in range(2)]
        assert [(each.status, _answer(each)["code"]) for each in answers] == [
            (503, "store-failed"),
            (503, "not-deleted"),
        ]
        assert "hunter2" in here.said
        store.failing = set()
        await here.after(1)
        assert "hunter2" not in here.said
        assert [each.of for each in await store.read(0, 9)] == [(1,)]


@timeless
async def test_a_preflight_of_a_page_elsewhere_is_told_of_it() -> None:
    async with gateway(admin_password="secret", origin=("https://ops.example.org",)) as here:
        answer = await ask(here, "OPTIONS", "/messages/1", Origin="https://ops.example.org")
        assert answer.status == 204
        assert "DELETE" in answer.text
