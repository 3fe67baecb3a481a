"""What operators do on the page: to a person or a message, and never to a name that somebody else may have."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from .browser import new_page, say, texts, violations
from .conftest import Start
from .fake_room import FakeRoom, message
from .gateway import Gateway
from .peers import Event

pytestmark = pytest.mark.asyncio(loop_scope="session")

CLOSE = "#moderation >> text=Close"
PEOPLE = [
    {"name": "Ann", "via": "web", "by": "by-me"},
    {"name": "Al", "via": "tcp", "by": "by-al", "host": "203.0.113.9", "since": "2026-11-24T10:42:00Z"},
    {"name": "Al 7d", "via": "web", "by": "by-al-7d", "host": "2001:db8::1", "since": "2026-11-25T10:42:00Z"},
]


async def operator_in(page: Page, gateway: Gateway, *history: Event) -> FakeRoom:
    """A room in which the page is an operator."""
    room = FakeRoom(page, *history)
    room.answers["who"] = lambda event: [{"type": "who", "members": len(PEOPLE), "names": PEOPLE, "more": False}]
    room.answers["moderate"] = lambda event: [{"type": "notice", "code": "done", "text": f"{event['act']} was done"}]
    await room.open(gateway.page)
    room.tell({"type": "notice", "code": "op", "text": "you are an operator"})
    await expect(page.locator("#log .notice")).to_have_count(1)
    return room


async def test_the_person_is_named_and_not_the_name(browser: Browser, gateway: Gateway) -> None:
    page, complaints = await new_page(browser)
    room = await operator_in(page, gateway)
    await page.click("#who")
    rows = page.locator("#names li")
    await expect(rows).to_have_count(3)
    await expect(rows.nth(2).get_by_role("button")).to_have_count(1)
    await expect(rows.nth(0).locator(".detail")).to_contain_text("203.0.113.9 · since ")
    assert await violations(page) == []
    await rows.nth(1).get_by_role("button", name="Moderate").click()
    await page.click("#do")
    await expect(page.locator("#told")).to_have_text("mute was done")
    await page.click(CLOSE)
    await rows.nth(0).get_by_role("button", name="Moderate").click()
    await page.select_option("#act", "kick")
    await page.click("#do")
    await expect(page.locator("#told")).to_have_text("kick was done")
    assert room.of("moderate") == [
        {"type": "moderate", "act": "mute", "member": "by-al-7d", "seconds": 600},
        {"type": "moderate", "act": "kick", "member": "by-al", "seconds": 0},
    ]
    assert len(room.of("who")) == 3
    assert complaints == []


async def test_what_operators_can_type_is_offered_to_them_alone(browser: Browser, gateway: Gateway) -> None:
    page, _ = await new_page(browser)
    await FakeRoom(page).open(gateway.page)
    options = page.get_by_role("option")
    await page.fill("#text", "/m")
    await expect(options).to_have_text(["/me"])
    await page.fill("#text", "")
    await operator_in(page, gateway)
    await page.fill("#text", "/m")
    await expect(options).to_have_text(["/me", "/mute", "/muted"])
    await page.fill("#text", "/")
    await expect(options.last).to_have_text("/slow")  # all of them


async def test_a_raid_is_not_asked_about_each_second(browser: Browser, gateway: Gateway) -> None:
    """Each answer counts for an operator's rate, by which it bans."""
    page, complaints = await new_page(browser, own=True, viewport={"width": 1280, "height": 720})
    await page.clock.install()
    room = await operator_in(page, gateway)
    before = len(room.of("who"))
    raid: list[Event] = [{"name": f"raider {number}", "via": "web", "by": f"by-{number}"} for number in range(10)]
    people = [*PEOPLE, *({**raider, "host": "2001:db8::2"} for raider in raid)]
    room.answers["who"] = lambda event: [{"type": "who", "members": 13, "names": people, "more": False}]
    for number, raider in enumerate(raid, 4):
        room.tell({"type": "presence", "members": number, "joined": [raider], "left": [], "more": False})
    await expect(page.locator("#names > li")).to_have_count(13)
    await page.clock.run_for(7_600)
    await expect(page.locator("#names .detail")).to_have_count(12)  # which an answer alone tells
    assert len(room.of("who")) == before + 1
    assert complaints == []


async def test_nothing_is_done_before_it_was_asked_for(browser: Browser, gateway: Gateway) -> None:
    page, complaints = await new_page(browser)
    room = await operator_in(page, gateway)
    await page.click("#who")
    moderate = page.locator("#names li").nth(1).get_by_role("button", name="Moderate")
    await moderate.click()
    await expect(page.locator("#moderation")).to_be_visible()
    await expect(page.locator("#moderation-title")).to_have_text("Moderate Al 7d")
    assert await violations(page) == []
    assert room.of("moderate") == []
    await page.click(CLOSE)
    await expect(page.locator("#moderation")).to_be_hidden()
    assert room.of("moderate") == []
    await moderate.click()
    await page.select_option("#act", "ban")
    await page.select_option("#duration", label="1 day")
    await page.get_by_role("button", name="Ban", exact=True).click()
    await expect(page.locator("#told")).to_have_text("ban was done")
    await expect(page.locator("#do")).to_be_hidden()
    assert room.of("moderate") == [{"type": "moderate", "act": "ban", "member": "by-al-7d", "seconds": 86400}]
    assert complaints == []


async def test_who_said_something_can_be_dealt_with_by_that(browser: Browser, gateway: Gateway) -> None:
    page, complaints = await new_page(browser)
    room = await operator_in(
        page, gateway, message(1, "spam", "script", "by-script"), message(2, "mine", "Ann", "by-me")
    )
    await expect(texts(page)).to_have_count(2)
    acts = page.locator("#log").get_by_role("button", name="Moderate")
    await texts(page).nth(1).hover()
    await expect(page.locator("#log .acts")).to_have_count(1)
    await expect(acts).to_have_count(0)
    await texts(page).nth(0).hover()
    assert await violations(page) == []
    await acts.click()
    await expect(page.locator("#moderation-title")).to_have_text("Moderate script")
    await page.select_option("#act", "kick")
    await expect(page.locator("#lasting")).to_be_hidden()
    await page.select_option("#act", "ban")
    await expect(page.locator("#duration")).to_have_value("0")
    await page.click("#do")
    await expect(page.locator("#told")).to_have_text("ban was done")
    await expect(page.locator("#do")).to_be_hidden()
    await page.click(CLOSE)
    await texts(page).nth(0).hover()
    await acts.click()  # the next one is asked about like the first
    await expect(page.locator("#act")).to_have_value("mute")
    await expect(page.locator("#lasting")).to_be_visible()
    await expect(page.locator("#told")).to_be_empty()
    await page.click("#do")
    await expect(page.locator("#told")).to_have_text("mute was done")
    await page.click(CLOSE)
    for act in ("unmute", "unban"):
        await texts(page).nth(0).hover()
        await acts.click()
        await page.select_option("#act", act)
        await expect(page.locator("#lasting")).to_be_hidden()
        await page.get_by_role("button", name=act.capitalize(), exact=True).click()
        await expect(page.locator("#told")).to_have_text(f"{act} was done")
        await page.click(CLOSE)
    assert room.of("moderate") == [
        {"type": "moderate", "act": "ban", "seq": 1, "seconds": 0},
        {"type": "moderate", "act": "mute", "seq": 1, "seconds": 600},
        {"type": "moderate", "act": "unmute", "seq": 1, "seconds": 0},
        {"type": "moderate", "act": "unban", "seq": 1, "seconds": 0},
    ]
    room.tell({"type": "error", "code": "op-needed", "message": "only operators can do that"})
    await expect(page.locator("#log .notice")).to_have_count(6)
    await texts(page).nth(0).hover()
    await expect(page.locator("#log .acts")).to_have_count(1)
    await expect(acts).to_have_count(0)
    assert complaints == []


async def test_others_get_no_such_buttons_and_no_addresses(browser: Browser, start: Start) -> None:
    page, _ = await new_page(browser)
    room = FakeRoom(page, message(1, "hi", "Al", "by-al"))
    room.answers["who"] = lambda event: [
        {"type": "who", "members": 2, "names": [{"name": "Al", "via": "tcp", "by": "by-al"}], "more": False}
    ]
    await room.open(start().page)
    await expect(texts(page)).to_have_count(1)
    await page.click("#who")
    await expect(page.locator("#names li")).to_have_count(1)
    await expect(page.locator("#names button")).to_have_count(1)
    await expect(page.locator("#names .detail")).to_have_count(0)
    await page.click("#names button")
    await expect(page.locator("#text")).to_have_value("@Al ")
    await say(page, "hello")
    assert [event["text"] for event in room.of("say")] == ["hello"]


@pytest.mark.worlds
async def test_times_in_notices_are_ones_own_and_who_is_muted_is_told_until_when(
    browser: Browser, start: Start
) -> None:
    page, _ = await new_page(browser, timezone_id="Asia/Shanghai")
    await page.clock.set_fixed_time("2026-11-27T10:00:00Z")
    room = await operator_in(page, start("--language", "en"))
    until = "muted Al until 2026-11-27 10:24 UTC (connections: 1)"
    room.answers["moderate"] = lambda event: [{"type": "notice", "code": "muted", "text": until}]
    await page.click("#who")
    await page.get_by_role("button", name="Moderate").first.click()
    await page.click("#do")
    shown = "muted Al until 6:24 PM (connections: 1)"
    await expect(page.locator("#told")).to_have_text(shown)
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    since = "Al [by-al]: from 203.0.113.9, since 2026-11-24 23:10 UTC, called 2026-99-99 99:99 UTC"
    muted = {"code": "you-are-muted", "seconds": 600}
    room.tell(
        {"type": "notice", "code": "whois", "text": since},
        {**muted, "type": "notice", "text": "an operator has muted you until 2026-11-27 10:10 UTC"},
    )
    whois = "Al [by-al]: from 203.0.113.9, since 11/25/26, 7:10 AM, called 2026-99-99 99:99 UTC"
    notices = page.locator("#log .notice")
    await expect(notices).to_have_text(["you are an operator", shown, whois, "an operator has muted you until 6:10 PM"])
    said = "that was not said: an operator has muted you until 2026-11-27 10:10 UTC"
    room.answers["say"] = lambda event: [{**muted, "type": "error", "message": said, "id": event["id"]}]
    await say(page, "hello")
    await expect(page.locator("#log .failed .mark")).to_have_text(
        re.compile("^that was not said: an operator has muted you until 6:10 PM")
    )
    await page.click("#options-open")
    await page.select_option("#language", "zh")
    await expect(notices.last).to_have_text("你被禁言了，到 18:10 为止")
