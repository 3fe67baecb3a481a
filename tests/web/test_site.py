"""The page's files: small, of our own, addressed by what they are."""

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from gateway.config import Settings
from gateway.metrics import CONTENT_TYPE, Metrics
from gateway.phrases import Language, Phrases, other_than
from gateway.web.site import KINDS, digest_of, index_page, make_metrics_site, page_files, static_folder

from ..inprocess import Http, gateway, rest, timeless


def test_nothing_comes_from_elsewhere() -> None:
    for path in static_folder().iterdir():
        addresses = re.findall(r"(?:https?:)?//[\w.-]+\.\w+", path.read_text(encoding="utf-8"))
        assert set(addresses) <= {"http://www.w3.org"}, path.name  # the namespace of SVG


def test_the_page_leaves_no_blank_and_asks_for_few_files() -> None:
    page = index_page("static/abc", 8001, Settings())
    assert "{{" not in page
    assert 'data-tcp-port="8001"' in page
    assert 'data-max-text="65536"' in page
    asked = set(re.findall(r'"static/abc/([\w.-]+)"', page))
    assert asked == {"page.js", "loading.js", "style.css", "icon.svg", "manifest.webmanifest"}
    files = page_files()
    assert len(page) + sum(len(files[name]) for name in asked) < 100_000  # as the README says


def test_the_page_is_called_as_the_room_and_that_is_text() -> None:
    page = index_page("static/abc", 8001, Settings(title='</title><b data-x="'))
    assert "<title>&lt;/title&gt;&lt;b data-x=&quot;</title>" in page
    assert "<b data-x" not in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_knows_what_errors_say_in_the_language_that_its_server_does_not_speak(language: Language) -> None:
    page = index_page("static/abc", 8001, Settings(language=language, max_text=77))
    found = re.search(r'<script type="application/json" id="refusals">(.*?)</script>', page, re.DOTALL)
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
    client = await aiohttp_client(make_metrics_site(metrics))
    async with client.get("/metrics") as answer:
        assert answer.headers["Content-Type"] == CONTENT_TYPE
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "gateway_messages_total 7.0\n" in await answer.text()
    async with client.get("/") as answer:
        assert answer.status == 404
