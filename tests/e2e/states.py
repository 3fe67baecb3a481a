"""What the page can look like, one after another: for axe, and for critical eyes."""

from collections.abc import AsyncIterator

from playwright.async_api import Page, expect

from .browser import FRAMES, is_in
from .fake_room import FakeRoom, message
from .peers import Event

PEOPLE: list[Event] = [
    {"name": name, "via": via, "by": f"by-{name}", "host": host, "since": f"2026-11-2{day}T10:42:00Z"}
    for day, (name, via, host) in enumerate(
        (
            ("bob", "tcp", "203.0.113.9"), ("Zoë", "web", "203.0.113.4"), ("小明", "web", "198.51.100.7"),
            ("ABC-Nachrichtendienst am Morgen", "web", "2001:db8:85a3::8a2e:370:7334"),
            ("guest-kqwvza", "tcp", "192.0.2.1"),
        )
    )
]  # fmt: skip
ME = {"name": "Ann", "via": "web", "by": "by-me"}

TRACE = """Traceback (most recent call last):
  File "deploy.py", line 42, in <module>
    raise TimeoutError("the database at db-7.internal.example.org:5432 has not answered within thirty seconds")
TimeoutError: the database at db-7.internal.example.org:5432 has not answered within thirty seconds"""
LISTING = "".join(f"{number:>4}  a long listing, line by line\n" for number in range(900))
ZALGO = "zalgo: " + "".join(letter + "\u0301\u030b\u0306" * 30 for letter in "hello there")


def said(seq: int, clock: str, name: str, text: str) -> Event:
    """A message of that morning."""
    return message(seq, text, name, "by-me" if name == "Ann" else f"by-{name}", f"2026-11-24T{clock}:00Z")


HISTORY = [
    message(1, LISTING, "bob", "by-bob", "2026-11-23T09:58:00Z"),
    said(2, "09:59", "小明", ZALGO),
    said(3, "10:00", "小明", "see https://example.com很好用, and שלום https://example.org/a/1?b=2 עולם"),
    said(4, "10:41", "bob", "deploy 42 is on its way, see https://ci.example.org/42"),
    said(5, "10:41", "Ann", "@bob watching it") | {"re": 4},
    said(6, "10:42", "bob", f"@Ann it died:\n```\n{TRACE}\n```\nI ran `make deploy` twice."),
    said(7, "10:43", "ABC-Nachrichtendienst am Morgen", "The morning's news: all green but for one."),
    said(8, "10:44", "小明", "我看看数据库"),
]
UNREAD = [
    said(seq, f"11:{(seq - 9) // 2:02}", "Zoë", f"number {seq - 8} of what came meanwhile" + ": @Ann" * (seq == 30))
    for seq in range(9, 70)
]


async def states(page: Page, address: str) -> AsyncIterator[str]:
    """The page goes through them; each name comes while it is so."""
    room = FakeRoom(page, title="Ops")
    room.answers["who"] = lambda event: [{"type": "who", "members": 6, "names": [ME, *PEOPLE], "more": False}]
    await room.open(address)
    await expect(page.locator("#empty")).to_be_visible()
    yield "empty"
    room.tell(*HISTORY)
    await expect(page.locator("#log .wide")).to_have_count(2)
    yield "code"
    await page.fill("#text", "@")
    await expect(page.locator("#options-list")).to_be_visible()
    yield "completion"
    await page.fill("#text", "")
    await page.focus("#log .message:last-child")
    await expect(page.locator(".acts")).to_be_visible()
    yield "acting"
    await page.keyboard.press("Enter")
    room.tell({"type": "deleted", "seq": 8, "of": [7], "from": "Ann"})
    await expect(page.locator("#log .deleted")).to_be_visible()
    await expect(page.locator("#answering")).to_be_visible()
    yield "answering"
    await page.keyboard.press("Escape")
    room.answers["find"] = lambda event: [
        {"type": "found", "messages": [HISTORY[5], HISTORY[3], HISTORY[1]], "more": True, "before": 2}
    ]
    await page.click("#find")
    await page.fill("#query", "deploy e")
    await page.keyboard.press("Enter")
    await expect(page.locator("#hits .plain")).to_have_count(3)
    yield "found"
    await page.keyboard.press("Escape")
    room.add(*HISTORY, *UNREAD)
    await page.reload()
    await is_in(page)
    await expect(page.locator("#newer")).to_contain_text("61")
    yield "unread"
    await page.click("#newer")
    await page.click("#options-open")
    yield "options"
    await page.click("summary")
    await page.locator("#ways").scroll_into_view_if_needed()
    yield "terminal"
    await page.keyboard.press("Escape")
    room.tell({"type": "notice", "code": "op", "text": "you are an operator"})
    await show_people(page)
    yield "operator"
    await page.click("#names .small >> nth=0")
    await page.select_option("#act", "ban")
    yield "ban"
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    muted = {"type": "error", "code": "you-are-muted", "message": "you are muted"}
    room.answers["say"] = lambda event: [{**muted, "id": event["id"]}]
    await write(page, "said while one is muted")
    await expect(page.locator("#log .failed")).to_have_count(1)
    yield "refused"
    await page.click("#log .failed .small >> nth=1")
    room.answers["hello"] = lambda event: []
    await room.drop()
    await expect(page.locator("#who")).not_to_have_attribute("data-state", "in")
    await write(page, "written without a connection")
    await write(page, "and this too, which takes more than one line wherever it is read, as it goes " + "on " * 30)
    await expect(page.locator("#log .waiting .mark")).to_have_count(2)
    await expect(page.locator("#banner")).to_be_visible()
    await page.evaluate("for (const each of document.getAnimations()) each.finish()")
    yield "offline"
    room.answers["hello"] = lambda event: [{"type": "error", "code": "password-needed", "message": "no", "id": None}]
    await page.reload()
    await page.evaluate(FRAMES)
    await room.drop(4503, "password")
    await expect(page.locator("#lock")).to_be_visible()
    yield "password"


async def write(page: Page, text: str) -> None:
    """Say it by the button: on glass Enter breaks the line."""
    await page.fill("#text", text)
    await page.click("#send")


async def show_people(page: Page) -> None:
    """Who is here, at the side or in their dialog."""
    if not await page.locator("#people").is_visible():
        await page.click("#who")
    await expect(page.locator("#names .detail").first).to_be_visible()
