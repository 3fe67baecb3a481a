"""A page of yours, in a real browser: of an origin that --origin names it may do all that docs/recipes.md says."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from ..patience import PATIENCE
from ..tables import in_worlds
from .browser import is_in, new_page
from .conftest import Start
from .gateway import Gateway
from .peers import Chat, chat

pytestmark = pytest.mark.asyncio(loop_scope="session")

RECIPES = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")
PAGE = '<!doctype html><title>elsewhere</title><link rel="icon" href="data:,"><body></body>'
(RECIPE,) = re.findall(r"```js\n(.*?)```", RECIPES, re.DOTALL)


@pytest_asyncio.fixture(loop_scope="session")
async def elsewhere() -> AsyncIterator[str]:
    """The origin of a site that is not ours."""

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    site = web.Application()
    site.router.add_get("/", page)
    runner = web.AppRunner(site)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    yield f"http://localhost:{runner.addresses[0][1]}"
    await runner.cleanup()


async def visit(browser: Browser, origin: str) -> tuple[Page, list[str]]:
    page, complaints = await new_page(browser)
    await page.goto(origin)
    return page, complaints


async def run(page: Page, gateway: Gateway, script: str) -> object:
    """What an async function with this body gives, or the name of its error."""
    script = script.replace("http://localhost:8080/", gateway.page)
    return await page.evaluate(f"(async () => {{ {script} }})().catch(error => error.name)")


@pytest.mark.worlds
async def test_the_recipe_in_a_page_of_an_origin_that_is_named(start: Start, browser: Browser, elsewhere: str) -> None:
    gateway = start("--origin", elsewhere)
    page, complaints = await visit(browser, elsewhere)
    async with chat(gateway, name="Ann") as ann:
        await ann.say("said before")
        await ann.texts(1)
        read = await run(page, gateway, f"{RECIPE}; return messages.map(each => [each.from, each.text])")
        assert read == [["Ann", "said before"], ["me", "hello"]]
        assert await ann.texts(1) == ["hello"]
        await ann.say("said after")
        await expect(page.locator("body")).to_have_text(re.compile("said beforehellosaid after"))
    assert complaints == []


async def test_what_is_refused_is_seen_too(start: Start, browser: Browser, elsewhere: str) -> None:
    gateway = start("--origin", elsewhere, "--password", "sesame", "--rate", "1", "--burst", "2")
    page, _ = await visit(browser, elsewhere)
    ask = """
        const ask = async (password, path, settings) => {
            const headers = {Authorization: `Bearer ${password}`};
            const answer = await fetch(`http://localhost:8080/${path}`, {...settings, headers});
            return [answer.status, answer.headers.get("Retry-After")];
        };
    """
    assert await run(page, gateway, f"{ask} return await ask('no', 'messages')") == [401, None]
    assert await run(page, gateway, f"{ask} return await ask('sesame', 'messages')") == [200, None]
    say = f"{ask} return await ask('sesame', 'say', {{method: 'POST', body: 'x'}})"
    statuses = [await run(page, gateway, say) for _ in range(3)]
    assert statuses[0] == [200, None]
    assert statuses[-1] == [429, "1"]
    events = f"{ask} return await ask('sesame', 'events')"
    assert await run(page, gateway, events) == [429, "1"]


@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
async def test_a_page_of_another_origin_says_nothing_and_sees_nothing(
    start: Start, browser: Browser, elsewhere: str, kind: str
) -> None:
    gateway = start("--origin", "https://www.example.org")
    page, _ = await visit(browser, elsewhere)
    say = f"""return (await fetch("http://localhost:8080/say", {{
        method: "POST", headers: {{"Content-Type": "{kind}"}}, body: '{{"text": "evil"}}'}})).status"""
    assert await run(page, gateway, say) == "TypeError"
    blind = say.replace('method: "POST"', 'method: "POST", mode: "no-cors"')
    assert await run(page, gateway, blind) in (0, "TypeError")
    assert await run(page, gateway, 'return (await fetch("http://localhost:8080/messages")).status') == "TypeError"
    async with chat(gateway, history=10) as ann:
        assert await heard(ann) == ["mark"]


@pytest.mark.parametrize(
    ("host", "tag"),
    [
        ("127.0.0.1", "iframe"),
        ("localhost", "object"),
        in_worlds("127.0.0.1", "object"),
        in_worlds("localhost", "iframe"),
    ],
)
async def test_a_page_of_another_site_joins_nobody_by_what_it_embeds(
    shared_gateway: Gateway, browser: Browser, elsewhere: str, host: str, tag: str
) -> None:
    page, _ = await visit(browser, elsewhere)
    embed = """async ([tag, address]) => {
        const frame = document.createElement(tag);
        const done = new Promise(end => { frame.onload = frame.onerror = end; });
        frame.src = frame.data = address;
        document.body.append(frame);
        await done;
    }"""
    port = shared_gateway.http_port
    async with asyncio.timeout(PATIENCE):  # who listens is never done
        await page.evaluate(embed, [tag, f"http://{host}:{port}/events"])
    async with chat(shared_gateway) as ann:
        assert ann.welcome["members"] == 1
    await page.close()


async def test_a_link_elsewhere_leads_to_the_page(shared_gateway: Gateway, browser: Browser, elsewhere: str) -> None:
    page, _ = await visit(browser, elsewhere)
    await page.evaluate(
        "address => { document.body.innerHTML = `<a href=${address}>the room</a>`; }", shared_gateway.page
    )
    await page.click("a")
    await is_in(page)
    await page.close()


async def heard(ann: Chat) -> list[str]:
    """All that is in the room, and a mark that ends it."""
    await ann.say("mark")
    texts: list[str] = []
    while "mark" not in texts:
        texts += await ann.texts(1)
    return texts
