"""The page's files: small, of our own, addressed by what they are."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from gateway.config import Settings
from gateway.messages import Hole, Message
from gateway.metrics import CONTENT_TYPE, Metrics
from gateway.phrases import Language, Phrases, other_than
from gateway.serving.watch import state_of
from gateway.stores import StoreError
from gateway.stores.memory import MemoryStore
from gateway.web.cors import PREFLIGHT
from gateway.web.site import (
    KINDS,
    LOG,
    READY_SECONDS,
    digest_of,
    index_page,
    make_metrics_site,
    page_files,
    static_folder,
)

from ..inprocess import Http, gateway, rest, timeless
from ..samples import a_draft


def test_nothing_comes_from_elsewhere() -> None:
    for path in static_folder().iterdir():
        addresses = re.findall(r"(?:https?:)?//[\w.-]+\.\w+", path.read_text(encoding="utf-8"))
        assert set(addresses) <= {"http://www.w3.org"}, path.name  # the namespace of SVG


def test_the_page_leaves_no_blank_and_asks_for_few_files() -> None:
    page = index_page("static/abc", 8001, Settings())
    assert "{{" not in page
    assert page.startswith("<!doctype html><html lang=en><head><meta charset=utf-8><title>")
    assert 'data-tcp-port="8001"' in page
    assert 'data-max-text="65536"' in page
    assert 'data-tls=""' in page
    assert 'data-tls="yes"' in index_page("static/abc", 8001, Settings(tls_cert="cert.pem", tls_key="key.pem"))
    assert 'data-commands="/name /who ' in page
    assert 'data-operators="/kick /mute ' in page
    asked = set(re.findall(r'"static/abc/([\w.-]+)"', page))
    assert asked == {"page.js", "loading.js", "style.css", "icon.svg", "manifest.webmanifest"}
    files = page_files()
    assert len(page) + sum(len(files[name]) for name in asked) < 100 * 1024  # as the README says
    assert b"  // " not in files["page.js"], "a comment that quotes something is sent with the script"


def test_the_page_is_called_as_the_room_and_that_is_text() -> None:
    page = index_page("static/abc", 8001, Settings(title='</title><b data-x="'))
    assert "<title>&lt;/title&gt;&lt;b data-x=&quot;</title>" in page
    assert "<b data-x" not in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_knows_what_errors_say_in_the_language_that_its_server_does_not_speak(language: Language) -> None:
    page = index_page("static/abc", 8001, Settings(language=language, max_text=77))
    found = re.search(r'<script type="application/json" id=refusals>(.*?)</script>', page, re.DOTALL)
    assert found is not None
    other = other_than(language)
    assert json.loads(found[1]) == {"language": other, "texts": Phrases(other, 77).refusals()}
    assert "77" in found[1]
    assert json.loads(found[1])["texts"]["name-taken"].count("{detail}") == 1


def test_a_digest_is_of_names_and_contents() -> None:
    first = digest_of({"a": b"one", "c": b""})
    assert digest_of({"c": b"", "a": b"one"}) == first
    assert len({first, digest_of({"a": b"two", "c": b""}), digest_of({"b": b"one", "c": b""})}) == 3


def test_every_text_that_is_asked_for_is_there() -> None:
    text = (static_folder() / "texts.js").read_text(encoding="utf-8")
    for path in (*static_folder().glob("*.js"), static_folder() / "index.html"):
        content = path.read_text(encoding="utf-8")
        asked = re.findall(r"\bt\(\"(\w+)\"", content) + re.findall(
            r"data-(?:text|placeholder|label)=\"(\w+)\"", content
        )
        for key in asked:
            assert re.search(rf"^{key}\|", text, re.MULTILINE), f"{path.name}: {key}"


@timeless
async def test_the_files_are_served_from_memory_whatever_is_asked_of_them() -> None:
    # A date of year 99999999999 had no answer at all, a long name was a fault of ours.
    files = page_files()
    static = f"/static/{digest_of(files)}"
    asked = {
        "If_Modified_Since": "Thu, 01 Jan 99999999999 00:00:00 GMT",
        "If_Unmodified_Since": "Thu, 01 Jan 99999999999 00:00:00 GMT",
        "If_Range": "Thu, 01 Jan 99999999999 00:00:00 GMT",
        "Range": "bytes=5-3,9-",
        "If_None_Match": "*",
    }
    async with gateway(rate=0.0) as here:
        for name, content in files.items():
            visits = [Http(here, "GET", f"{static}/{name}", **fields) for fields in ({}, asked)]
            await rest()
            for visit in visits:
                head, _, body = bytes(visit.data).partition(b"\r\n\r\n")
                assert visit.status == 200
                assert KINDS[Path(name).suffix].encode() in head
                assert b"immutable" in head
                assert body == content
        for name in ("a" * 300, "a/" * 3000, "../README.md", "%2e%2e%2fREADME.md", "%00", ""):
            visit = Http(here, "GET", f"{static}/{name}")
            await rest()
            assert visit.status == 404
            assert b"immutable" not in visit.data


async def test_the_metrics_have_a_site_of_their_own(
    aiohttp_client: Callable[..., Awaitable[TestClient[Any, Any]]],
) -> None:
    metrics = Metrics()
    metrics.messages.inc(7)

    async def told() -> bytes:
        return metrics.expose()

    client = await aiohttp_client(make_metrics_site(told))
    async with client.get("/metrics") as answer:
        assert answer.headers["Content-Type"] == CONTENT_TYPE
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "gateway_messages_total 7.0\n" in await answer.text()
    async with client.get("/") as answer:
        assert answer.status == 404


def test_what_aiohttp_tells_of_no_fault_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    LOG.warning("something")
    assert caplog.messages == ["something"]


def _fields(visit: Http) -> dict[str, str]:
    """Of its answer."""
    lines = visit.text.partition("\r\n\r\n")[0].split("\r\n")[1:]
    return dict(line.split(": ", 1) for line in lines)


@timeless
async def test_who_has_a_file_is_not_sent_it_again_and_every_file_is_to_be_read_as_what_it_is() -> None:
    files = page_files()
    static = f"/static/{digest_of(files)}"
    async with gateway(rate=0.0) as here:
        tags = set()
        for path in ("/", *(f"{static}/{name}" for name in files)):
            visit = Http(here, path=path)
            await rest()
            fields = _fields(visit)
            kind = KINDS[Path(path).suffix or ".html"]
            assert fields["Content-Type"] == (f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
            assert fields["Cache-Control"] == ("no-cache" if path == "/" else "public, max-age=31536000, immutable")
            again = Http(here, path=path, If_None_Match=fields["Etag"])
            await rest()
            assert (again.status, again.text.partition("\r\n\r\n")[2]) == (304, "")
            tags.add(fields["Etag"])
        assert len(tags) == 1 + len(files)


@timeless
async def test_a_browser_that_asks_before_a_page_does_is_told_what_the_page_may_ask() -> None:
    page = "https://page.example"
    async with gateway(origin=(page,)) as here:
        for path in ("/say", "/messages", "/events", "/openapi.json"):
            visit = Http(here, "OPTIONS", path, Origin=page)
            await rest()
            assert visit.status == 204
            assert {"Access-Control-Allow-Origin": page, "Vary": "Origin", **PREFLIGHT}.items() <= _fields(
                visit
            ).items()
        answer = Http(here, path="/messages", Origin=page)
        await rest()
        assert _fields(answer)["Access-Control-Allow-Origin"] == page


@timeless
async def test_who_asks_for_events_by_another_method_is_told_by_which_it_may() -> None:
    async with gateway() as here:
        for method in ("POST", "PUT", "DELETE", "HEAD"):
            visit = Http(here, method, "/events")
            await rest()
            assert (visit.status, _fields(visit)["Allow"]) == (405, "GET,OPTIONS"), method


class Checked(MemoryStore):
    """A store that counts how often it is asked whether it can be written to, and says why not."""

    def __init__(self) -> None:
        super().__init__(100, 10**6)
        self.asked = 0
        self.why = ""

    async def check(self) -> None:
        self.asked += 1
        await asyncio.sleep(0.01)
        if self.why:
            raise StoreError(self.why)


@timeless
async def test_whether_it_is_ready_is_asked_of_the_store_once_in_half_a_second_however_many_ask() -> None:
    store = Checked()
    async with gateway(store, rate=0.0) as here:
        for why, status, text in (
            ("", 200, "ok\n"),
            ("the disk is full", 503, "the disk is full\n"),
            ("", 200, "ok\n"),
        ):
            store.why, store.asked = why, 0
            crowd = [Http(here, path="/readyz") for _ in range(5)]
            await here.after(0.1)
            crowd += [Http(here, path="/readyz") for _ in range(5)]
            await here.after(0.1)
            assert store.asked == 1
            assert {(each.status, each.text.partition("\r\n\r\n")[2]) for each in crowd} == {(status, text)}
            await here.after(READY_SECONDS - 0.15)


class Unfollowed(MemoryStore):
    """It answers, and can't be followed, as NATS without a quorum; then it can, and nobody speaks."""

    cause = ""

    async def follow(self, after: int) -> AsyncIterator[Sequence[Message | Hole]]:
        if self.cause:
            raise StoreError(self.cause)
        yield []
        async for batch in super().follow(after):
            if self.cause:
                raise StoreError(self.cause)
            yield batch


@timeless
async def test_who_can_not_follow_the_log_is_not_ready_and_is_so_as_soon_as_it_can() -> None:
    """Two of three nats-servers were gone: nobody could say anything, and all probes and metrics were good."""
    store = Unfollowed(keep=10, keep_bytes=10**6)
    async with gateway(store, rate=0.0) as here:
        store.cause = "nobody leads"
        await store.append([a_draft("x")])
        await here.after(1)
        asked = Http(here, path="/readyz")
        await here.after(0.1)
        assert (asked.status, asked.text.partition("\r\n\r\n")[2]) == (503, "nobody leads\n")
        assert state_of(here.house, None, 0).store_failing
        store.cause = ""
        await here.after(2)
        asked = Http(here, path="/readyz")
        await here.after(0.1)
        assert asked.status == 200
        assert not state_of(here.house, None, 0).store_failing
