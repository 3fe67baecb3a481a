"""The page against what hostile people say: however much of it, and whatever it is."""

import asyncio
import json
from urllib.parse import quote

import pytest
from playwright.async_api import Browser, CDPSession, Locator, Page, expect

from ..patience import PATIENCE
from ..tables import of_these
from .browser import FRAMES, is_in, new_page, open_page, pending, say, texts
from .conftest import Start
from .fake_room import AT, FakeRoom, message
from .gateway import Gateway
from .peers import chat

pytestmark = pytest.mark.asyncio(loop_scope="session")

MESSAGES = 40
BUSY_SECONDS = (
    1.5  # 40 messages are 2.4 MB of JSON: 0.7 on a machine that has nothing else to do; without folding two and a half
)

# A server in the page itself, whose room holds the same long text again and again: the one that the address names. It
# sends each event as a task of its own, as a network would.
ROOM = """([units, size, count]) => {
    sessionStorage.clear();
    localStorage.clear();
    const unit = units[decodeURIComponent(location.search.slice(1))];
    const text = unit.repeat(size / new TextEncoder().encode(unit).length);
    const at = new Date().toISOString();
    const quoted = JSON.stringify(text).slice(0, -1);
    const fixed = `"type":"message","at":"${at}","from":"bob","via":"tcp"`;
    const event = seq => `{${fixed},"seq":${seq},"text":${quoted}${seq}"}`;
    window.WebSocket = class {
        constructor() {
            this.readyState = 0;
            setTimeout(() => { this.readyState = 1; this.onopen(); });
        }
        send(data) {
            const {type, history, before = count + 1} = JSON.parse(data);
            const seqs = (from, to) => Array.from({length: to - from + 1}, (_, index) => from + index);
            if (type === "hello") {
                const seq = history ? 0 : count;
                const me = '"id":"me","name":"ann","session":"s"';
                this.tell(`{"type":"welcome",${me},"epoch":"e","seq":${seq},"resumed":false,"members":2}`);
                for (const seq of seqs(history ? 1 : count + 1, count)) this.tell(event(seq));
            }
            const older = () => seqs(Math.max(1, before - count), before - 1).map(event);
            if (type === "history") this.tell(`{"type":"page","messages":[${older()}],"more":false}`);
        }
        tell(data) { setTimeout(() => this.onmessage({data})); }
        close() {}
    };
}"""

UNITS = {
    "links": "http://a ", "links with no space": "http://a,", "line ends": "\n", "lines": "x\n", "one word": "x",
    "one number": "1", "tabs": "\t", "blanks": " ", "120 marks a letter": "a" + "\u0301" * 120,
    "marks alone": "\u0334", "right to left": "\u05e9\u05dc\u05d5\u05dd ", "both ways": "\u05e9a",
    "a family": "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", "flags": "\U0001f1e9\U0001f1ea",
    "Chinese": "\u6c49\u5b57", "Thai": "\u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22", "wide": "\ufdfd",
    "zero width": "a\u200b", "soft hyphens": "a\u00ad", "mentions": "@ann", "brackets": "(",
    "dots": "http://a..........",
}  # fmt: skip


async def busy_until_usable(page: Page, address: str) -> float:
    """Seconds of its processor's time that the page's thread takes until one can write and sees what was said last."""
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = await busy(session)
    await page.goto(address)
    await is_in(page)
    await page.locator("#text").press_sequentially("hello")
    await expect(page.locator("#text")).to_have_value("hello")
    await expect(page.locator("#log .message").last).to_be_in_viewport()
    await page.evaluate(FRAMES)
    for _ in range(3):  # a reader goes back through some of it
        await page.evaluate("scroller.scrollTop -= 3000")
        await page.evaluate(FRAMES)
    return await busy(session) - before


async def busy(session: CDPSession) -> float:
    metrics = (await session.send("Performance.getMetrics"))["metrics"]
    return float({each["name"]: each["value"] for each in metrics}["TaskDuration"])


USUAL = [
    "links", "line ends", "one word", "tabs", "120 marks a letter", "both ways", "a family", "Thai", "mentions",
    "brackets",
]  # fmt: skip
"""One of each kind."""


@pytest.mark.worlds
@pytest.mark.parametrize(
    "names", of_these((USUAL, [name for name in UNITS if name not in USUAL]), USUAL), ids=["usual", "others"]
)
async def test_a_page_is_usable_at_once_after_any_history(browser: Browser, gateway: Gateway, names: list[str]) -> None:
    """One page, which is loaded anew for each: to open one takes longer."""
    page, complaints = await new_page(browser)
    await page.add_init_script(f"({ROOM})({json.dumps([UNITS, 65_000, MESSAGES])})")
    seconds = {name: await busy_until_usable(page, f"{gateway.page}?{quote(name)}") for name in names}
    assert {name: each for name, each in seconds.items() if each >= BUSY_SECONDS} == {}
    assert complaints == []


@pytest.mark.worlds
async def test_what_was_seen_with_links_and_line_ends(browser: Browser, start: Start) -> None:
    gateway = start("--rate-kib", "0")
    async with chat(gateway, name="bob") as bob:
        for number in range(20):
            await bob.say(f"{number} " + ("http://a " * 7000 if number % 2 else "x\n" * 32_000))
            await bob.texts(1)
    page, complaints = await new_page(browser)
    assert await busy_until_usable(page, gateway.page) < BUSY_SECONDS
    assert await page.locator("#log .text").last.locator("a").count() == 50
    assert complaints == []


async def test_a_long_text_is_folded_and_can_be_read_whole(browser: Browser, gateway: Gateway) -> None:
    page, complaints = await open_page(browser, gateway)
    lines = "".join(f"line {number}\n" for number in range(3000)) + "http://a " * 60
    async with chat(gateway, name="bob") as bob:
        await bob.say(lines)
    await expect(texts(page)).to_have_text("\n".join(f"line {number}" for number in range(20)), use_inner_text=True)
    await page.get_by_role("button", name="Show all").click()
    await expect(texts(page)).to_contain_text("http://a")
    assert await page.evaluate("log.querySelector('.text').textContent") == lines.strip("\n")
    assert await texts(page).locator("a").count() == 50
    before = await page.locator("#log .message").first.bounding_box()
    async with chat(gateway, name="cid") as cid:
        await cid.say("more")
    await expect(texts(page)).to_have_count(2)
    assert await page.locator("#log .message").first.bounding_box() == before, "the reader was moved"
    less = page.get_by_role("button", name="Show less")
    await less.scroll_into_view_if_needed()
    await page.evaluate(FRAMES)  # at the end "To the end" goes, and its room: nobody clicks as fast as this does
    await less.click()
    await expect(texts(page).first).to_have_text(
        "\n".join(f"line {number}" for number in range(20)), use_inner_text=True
    )
    await expect(page.locator("#log .message").first).to_be_in_viewport()
    assert complaints == []


async def test_half_a_link_is_none(browser: Browser, gateway: Gateway) -> None:
    page, _ = await open_page(browser, gateway)
    async with chat(gateway, name="bob") as bob:
        await bob.say("x" * 1990 + " https://example.org/" + "y" * 1500)
        await bob.say("x" * 1790 + " https://example.org/" + "y" * 1500)
        await bob.say("x" * 1990 + "https://example.org/" + "y" * 1500)
    await expect(texts(page)).to_have_count(3)
    assert await texts(page).locator("a").count() == 0
    await page.get_by_role("button", name="Show all").nth(1).click()
    await expect(texts(page).locator("a")).to_have_text(["https://example.org/" + "y" * 1500])


@pytest.mark.worlds
async def test_marks_that_are_stacked_do_not_paint_over_others(browser: Browser, gateway: Gateway) -> None:
    page, _ = await open_page(browser, gateway)
    async with chat(gateway, name="bob") as bob:
        for text in ("before", "before too"):
            await bob.say(text)
        await expect(texts(page)).to_have_count(2)
        await page.mouse.move(0, 0)
        row = page.locator("#log .message").nth(1)
        plain = await picture(row)
        await bob.say(" ".join(["a" + "\u0301\u030b\u0306" * 40] * 20))
        await expect(texts(page)).to_have_count(3)
        async with asyncio.timeout(PATIENCE):  # a frame may come late; what is painted over stays so
            while await picture(row) != plain:
                await page.evaluate(FRAMES)


async def picture(row: Locator) -> bytes:
    """How it looks when nothing about it moves any more."""
    async with asyncio.timeout(PATIENCE):
        before, seen = b"", await shot(row)
        while seen != before:
            await row.page.evaluate(FRAMES)
            before, seen = seen, await shot(row)
    return seen


async def shot(row: Locator) -> bytes:
    """As it is on the screen: Locator.screenshot waits for frames, of which there may be none."""
    box = await row.bounding_box()
    assert box is not None
    return await row.page.screenshot(
        clip={"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}
    )


async def test_a_message_under_my_name_is_not_mine(browser: Browser, gateway: Gateway) -> None:
    page, complaints = await new_page(browser)
    room = FakeRoom(page, message(1, "mine", "Ann", "by-me"), message(2, "forged", "Ann", "by-mallory"))
    await room.open(gateway.page)
    room.tell(message(3, "Ann: forged too", "Ann", "by-mallory"), message(4, "mine under another name", "Bea", "by-me"))
    await expect(texts(page)).to_have_count(4)
    await expect(page.locator("#log .mine .text")).to_have_text(["mine", "mine under another name"])
    await expect(page.locator("#log .me")).to_have_count(2)
    await expect(page.locator("#log .mention .text")).to_have_text(["Ann: forged too"])
    hues = await page.locator("#log .badge").evaluate_all("all => all.map(each => getComputedStyle(each).color)")
    assert hues[0] == hues[3] != hues[1] == hues[2]
    assert complaints == []


async def test_who_comes_back_as_somebody_else_repeats_nothing(browser: Browser, gateway: Gateway) -> None:
    page, _ = await new_page(browser)
    room = FakeRoom(page)
    await room.open(gateway.page)
    await say(page, "as Ann")
    await expect(pending(page)).to_have_count(1)
    room.answers["hello"] = lambda event: [
        {
            "type": "welcome", "id": "by-other", "name": "guest-abcdef", "session": "t" * 22, "epoch": "e", "seq": 0,
            "resumed": True, "members": 1,
        }
    ]  # fmt: skip
    await room.drop()
    await expect(pending(page).locator(".mark")).to_contain_text("Not sent: you are somebody else now")
    assert len(room.of("say")) == 1
    await pending(page).get_by_role("button", name="Send again").click()
    await expect(pending(page).locator(".mark")).to_have_text("sending")
    assert [event["text"] for event in room.of("say")] == ["as Ann"] * 2


async def test_what_can_not_be_shown_is_told_and_loses_nothing_else(browser: Browser, gateway: Gateway) -> None:
    page, complaints = await new_page(browser)
    room = FakeRoom(page, message(1, "one"))
    await room.open(gateway.page)
    await expect(texts(page)).to_have_count(1)
    room.tell(message(2, "two"), message(3, "when?", at="never"), {"type": "presence"}, message(4, "four"))
    room.tell(message(5, "five"))
    await expect(texts(page)).to_have_text(["one", "two", "four", "five"])
    await expect(page.locator("#log .fault")).to_contain_text("This could not be shown")
    await room.drop()
    await is_in(page)
    assert room.of("hello")[-1]["after"] == {"epoch": "e", "seq": 5}
    assert len(complaints) == 2
    await page.get_by_role("button", name="Reload").click()
    await expect(texts(page)).to_have_text(["one"])


async def test_a_row_that_can_not_be_built_does_not_hide_the_others(browser: Browser, gateway: Gateway) -> None:
    page, _ = await new_page(browser)
    await page.add_init_script(
        """(() => {
            const {get} = Object.getOwnPropertyDescriptor(Intl.DateTimeFormat.prototype, "format");
            Object.defineProperty(Intl.DateTimeFormat.prototype, "format", {get() {
                const plain = get.call(this);
                return time => { if (time === 86_400_000) throw new Error("broken"); return plain(time); };
            }});
        })()"""
    )
    room = FakeRoom(
        page, message(1, "one"), message(2, "two", at="1970-01-02T00:00:00.000Z"), message(3, "three", at=AT)
    )
    await room.open(gateway.page)
    await expect(texts(page)).to_have_text(["one", "three"])
    await expect(page.locator("#log .fault").first).to_contain_text("This could not be shown")


SECRETS = [
    "/op sesame",
    " /op sesame",
    "\u3000/pass sesame",
    "\ufeff/OP sesame",
    "\uff0fop sesame",
    "\u3001op sesame",
    "/op\tsesame",
]


async def test_a_password_is_never_said_nor_kept(browser: Browser, start: Start) -> None:
    gateway = start("--admin-password", "open")
    page, _ = await open_page(browser, gateway)
    async with chat(gateway, name="bob") as bob:
        for text in SECRETS:
            await page.fill("#text", text)
            await page.evaluate(FRAMES)
            assert "sesame" not in await page.evaluate("JSON.stringify([sessionStorage, localStorage])")
            await page.press("#text", "Enter")
            if await page.input_value("#text"):
                await expect(page.locator("#status")).to_contain_text("looks like a password")
                await page.fill("#text", "")
            assert "sesame" not in await page.evaluate("JSON.stringify([sessionStorage, localStorage])")
        await page.press("#text", "ArrowUp")
        await expect(page.locator("#text")).to_have_value("")
        await page.fill("#text", "/op sesame")
        await page.reload()
        await is_in(page)
        await expect(page.locator("#text")).to_have_value("")
        await say(page, "//op is said so")
        assert await bob.texts(1) == ["/op is said so"]
