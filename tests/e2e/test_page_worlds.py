"""The page in the browsers and behind the addresses that people have; what is the same in all is in tests/worlds."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, WebSocketRoute, expect

from ..nats import free_ports
from ..patience import PATIENCE
from ..processes import need, started
from ..tables import in_worlds
from . import shadows
from .browser import is_in, new_page, open_page, pending, say, texts
from .conftest import Start
from .fake_room import FakeRoom, message
from .gateway import Gateway
from .peers import chat

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    "shadow",
    [shadows.NO_STORAGE, in_worlds(shadows.NULL_STORAGE), in_worlds(shadows.FULL_STORAGE)],
    ids=["blocked", "null", "full"],
)
async def test_a_browser_that_keeps_nothing_is_told_of_once(browser: Browser, gateway: Gateway, shadow: str) -> None:
    page, complaints = await new_page(browser)
    await page.add_init_script(shadow)
    await page.goto(gateway.page)
    await is_in(page)
    for text in ("one", "two"):
        await say(page, text)
    await expect(texts(page)).to_have_text(["one", "two"])
    await expect(page.locator("#log .notice", has_text="This browser keeps no more")).to_have_count(1)
    assert complaints == []


async def test_a_command_is_copied_on_plain_http_from_another_machine(browser: Browser, start: Start) -> None:
    """Which is no secure context, so it has no clipboard."""
    gateway = start("--public-host", "chat.test")
    page, _ = await new_page(browser)
    await page.goto(gateway.page.replace("localhost", "chat.test"))
    assert not await page.evaluate("isSecureContext")
    await page.evaluate(
        "document.execCommand = name => { window.executed = [name, `${getSelection()}`]; return true; }"
    )
    await page.click("#commands button >> nth=0")
    await expect(page.locator("#commands button").first).to_have_text("Copied")
    assert await page.evaluate("executed") == ["copy", f"nc chat.test {gateway.tcp_port}"]


@asynccontextmanager
async def behind_nginx(folder: Path, *servers: str) -> AsyncIterator[list[int]]:
    """nginx with these servers, each of which is its locations; the ports they listen on."""
    ports = free_ports(len(servers))
    listening = (
        f"server {{ listen 127.0.0.1:{port}; {locations} }}" for port, locations in zip(ports, servers, strict=True)
    )
    (folder / "nginx.conf").write_text(
        f"""daemon off; pid {folder}/pid; error_log stderr warn;
        events {{}}
        http {{
            access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
            fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
            map $http_upgrade $connection_upgrade {{ default upgrade; "" close; }}
            {" ".join(listening)}
        }}"""
    )
    with started([need("nginx"), "-c", str(folder / "nginx.conf"), "-p", str(folder)]) as process:
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    (await asyncio.open_connection("127.0.0.1", ports[-1]))[1].close()
                    break
                except ConnectionRefusedError:
                    await asyncio.sleep(0.05)
        try:
            yield ports
        finally:
            process.terminate()  # and its workers with it
            process.wait(10)


PASSED_ON = """proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme"""
UPGRADED = "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade"


async def test_all_addresses_of_a_page_are_under_its_prefix(browser: Browser, start: Start, tmp_path: Path) -> None:
    gateway = start()
    location = f"location /chat/ {{ proxy_pass http://127.0.0.1:{gateway.http_port}/; {PASSED_ON}; {UPGRADED}; }}"
    async with behind_nginx(tmp_path, location) as (port,):
        page, _ = await new_page(browser)
        refused: list[str] = []
        page.on("response", lambda response: refused.append(response.url) if response.status >= 400 else None)
        await page.goto(f"http://127.0.0.1:{port}/chat?from=elsewhere#here")  # nginx adds the slash
        await is_in(page)
        manifest = await page.evaluate(
            """async () => {
                const {href} = document.querySelector('link[rel=manifest]');
                const {start_url, scope, icons} = await (await fetch(href)).json();
                return [start_url, scope, icons[0].src].map(each => new URL(each, href).pathname);
            }"""
        )
        assert manifest[:2] == ["/chat/", "/chat/"]
        assert re.fullmatch(r"/chat/static/\w+/icon.svg", manifest[2])
        await page.evaluate("empty.hidden = false")
        await expect(page.locator("#commands code").nth(2)).to_have_text(
            f"curl -d hello http://127.0.0.1:{port}/chat/say"
        )
        assert refused == []


async def test_the_password_of_a_room_is_told_to_no_other_of_its_host(
    browser: Browser, start: Start, tmp_path: Path
) -> None:
    gateway = start("--password", "sesame")
    place = f"{{ proxy_pass http://127.0.0.1:{gateway.http_port}/; {PASSED_ON}; {UPGRADED}; }}"
    async with behind_nginx(tmp_path, f"location /one/ {place} location /two/ {place}") as (port,):
        one, two, same, elsewhere = [(await new_page(browser))[0] for _ in range(4)]
        await one.goto(f"http://127.0.0.1:{port}/one/")
        await one.fill("#password", "sesame")
        await one.press("#password", "Enter")
        await is_in(one)
        await two.goto(f"http://127.0.0.1:{port}/two/")
        await elsewhere.goto(f"http://localhost:{port}/one/")
        for page in (two, elsewhere):
            await expect(page.locator("#lock")).to_be_visible()
        await same.goto(f"http://127.0.0.1:{port}/one/")
        await is_in(same)
        for page in (two, elsewhere):
            await expect(page.locator("#lock")).to_be_visible()


TROUBLES = {
    "host": "The server is not called 127.0.0.1: it needs --public-host 127.0.0.1",
    "origin": ": it needs --origin http://127.0.0.1:",
    "everywhere": ": it needs --origin http://127.0.0.1:",
    "guard": "No server at /ws (403): ",
    "path": "No server at /ws (404): ",
    "upgrade": "No WebSocket to /ws (405): ",
    "behind": "No server at /ws (502): ",
    "busy": "The server says: no more today",
    "portal": "Log in again: reload the page",
}


@pytest.mark.worlds
async def test_why_one_can_not_come_in_is_told_on_the_first_visit(
    browser: Browser, gateway: Gateway, tmp_path: Path
) -> None:
    """One page, which visits one address after another."""
    target = f"proxy_pass http://127.0.0.1:{gateway.http_port}"
    ws = {
        "host": f"{target}; proxy_http_version 1.1; proxy_set_header Host chat.test; {UPGRADED}",
        "origin": f"{target}; proxy_http_version 1.1; proxy_set_header Host localhost; {UPGRADED}",
        "everywhere": f"{target}; proxy_http_version 1.1; {UPGRADED}",
        "guard": "return 403",
        "path": "return 404",
        "upgrade": f"{target}; {PASSED_ON}",
        "behind": "return 502",
        "busy": "default_type text/plain; return 503 'no more today'",
        "portal": "default_type text/html; return 200 '<title>Welcome to our hotel</title>'",
    }
    # A browser sends an Origin with the page's modules, too.
    page_too = {fault: target if fault == "everywhere" else f"{target}; {PASSED_ON}" for fault in TROUBLES}
    servers = [f"location / {{ {page_too[fault]}; }} location /ws {{ {ws[fault]}; }}" for fault in TROUBLES]
    async with behind_nginx(tmp_path, *servers) as ports:
        page, _ = await new_page(browser)
        for (fault, words), port in zip(TROUBLES.items(), ports, strict=True):
            await page.goto(f"http://127.0.0.1:{port}/")
            await expect(page.locator("#banner-text"), fault).to_contain_text(words)
            assert await page.evaluate("document.documentElement.scrollWidth") <= 900, fault


async def test_the_room_out_of_reach_is_no_connection_that_was_lost(browser: Browser, gateway: Gateway) -> None:
    page, _ = await new_page(browser)

    async def refuse(socket: WebSocketRoute) -> None:
        await socket.close(code=1012)

    await page.route_web_socket("**/ws", refuse)
    await page.route("**/ws", lambda route: route.abort())
    await page.goto(gateway.page)
    await expect(page.locator("#banner-text")).to_have_text(
        "The room can't be reached, trying again. What you write is kept."
    )


async def test_the_connection_is_believed_and_not_the_flag(browser: Browser, gateway: Gateway) -> None:
    page, _ = await new_page(browser)
    await page.add_init_script(shadows.OFFLINE)
    await page.goto(gateway.page)
    await is_in(page)
    await page.evaluate("dispatchEvent(new Event('offline'))")
    await say(page, "still here")
    await expect(texts(page)).to_have_text(["still here"])
    await expect(page.locator("#banner")).to_be_hidden()
    await asyncio.to_thread(gateway.kill)
    await expect(page.locator("#banner-text")).to_contain_text("You are offline")
    await expect(page.locator("#banner-act")).to_be_visible()


@pytest.mark.worlds
async def test_a_clock_that_is_set_back_hides_no_lost_connection(browser: Browser, gateway: Gateway) -> None:
    page, _ = await open_page(browser, gateway)
    await page.evaluate("() => { const now = Date.now; Date.now = () => now() - 2 * 3600_000 * window.isSetBack; }")
    await page.evaluate("window.isSetBack = false")
    await asyncio.to_thread(gateway.kill)
    await page.wait_for_selector("#who[data-state=lost], #who[data-state=connecting]")
    await page.evaluate("window.isSetBack = true")
    await expect(page.locator("#banner-text")).to_contain_text("Connection lost")


FILL = """() => {
    for (const storage of [sessionStorage, localStorage]) {
        for (let size = 2 ** 22; size >= 1; size /= 2) {
            try {
                for (let number = 0; ; number++) storage.setItem(`${size} ${number}`, "x".repeat(size));
            } catch {}
        }
    }
}"""


@pytest.mark.worlds
async def test_a_full_storage_never_stops_what_is_said(browser: Browser, start: Start) -> None:
    """The real one, until it takes no character more."""
    gateway = start("--rate", "0", "--rate-kib", "0")
    page, complaints = await open_page(browser, gateway)
    await page.evaluate(FILL)
    async with chat(gateway) as bob:
        for number in range(5):
            await page.evaluate("([number]) => { text.value = `${number} ${'x'.repeat(64_000)}`; }", [number])
            await page.press("#text", "Enter")
            await expect(page.locator("#text")).to_have_value("")
        heard = [each.split(" ")[0] for each in await bob.texts(5)]
    assert heard == [str(number) for number in range(5)]
    await expect(pending(page)).to_have_count(0)
    await expect(page.locator("#log .notice", has_text="This browser keeps no more")).to_have_count(1)
    assert complaints == []


@pytest.mark.worlds
async def test_a_clock_ahead_of_the_servers_hides_nothing_new(browser: Browser, gateway: Gateway) -> None:
    async with chat(gateway, name="bob") as bob:
        await bob.say("before")
        await bob.texts(1)
        page, _ = await new_page(browser)
        await page.add_init_script(shadows.FAST_CLOCK)
        await page.add_init_script("Object.defineProperty(document, 'hidden', {get: () => true})")
        await page.goto(gateway.page)
        await is_in(page)
        await expect(texts(page)).to_have_text(["before"])
        await expect(page).to_have_title("The room")
        await bob.say("while nobody looks")
        await expect(page).to_have_title("(1) The room")


async def test_half_an_emoji_is_said_as_what_is_left_of_it(browser: Browser, gateway: Gateway) -> None:
    page, complaints = await open_page(browser, gateway)
    await page.evaluate("text.value = 'half \\ud83d of it'")
    await page.press("#text", "Enter")
    await expect(texts(page)).to_have_text(["half � of it"])
    await expect(pending(page)).to_have_count(0)
    assert complaints == []


async def wait_for_no_answer(page: Page) -> None:
    """Until it does not believe in an answer any more: in steps, so that its ping is answered."""
    for _ in range(5):
        await page.clock.run_for(7_000)
        await expect(page.locator("#who")).to_have_attribute("data-state", "in")


async def test_what_gets_no_answer_is_marked_and_said_once(browser: Browser, gateway: Gateway) -> None:
    page, _ = await new_page(browser, own=True)
    room = FakeRoom(page)
    await page.clock.install()
    await room.open(gateway.page)
    await say(page, "hello")
    room.tell({"type": "error", "code": "bad-json", "message": "that line is no valid JSON event"})
    await expect(page.locator("#log .notice")).to_have_text("that line is no valid JSON event")
    mark = pending(page).locator(".mark")
    await wait_for_no_answer(page)
    await expect(mark).to_contain_text("Not sent: no answer yet")
    await pending(page).get_by_role("button", name="Send again").click()
    await wait_for_no_answer(page)
    await expect(mark).to_contain_text("Not sent: no answer yet")
    await room.drop()  # and the answer went with it: it is sent again by itself
    await expect(page.locator("#who")).not_to_have_attribute("data-state", "in")
    await page.clock.run_for(1_000)
    await is_in(page)
    await expect(pending(page).get_by_role("button")).to_have_count(0)
    (first, second, third) = room.of("say")
    assert first == second == third
    room.tell({"type": "ack", "id": first["id"], "seq": 1}, message(1, "hello", "Ann", "by-me"))
    await expect(pending(page)).to_have_count(0)
    await expect(texts(page)).to_have_text(["hello"])


@pytest.mark.worlds
async def test_a_browser_that_is_too_old_is_told(browser: Browser, gateway: Gateway) -> None:
    page, _ = await new_page(browser)
    await page.route("**/page.js", lambda route: route.fulfill(body="%%", content_type="text/javascript"))
    await page.goto(gateway.page)
    await expect(page.locator("#unable")).to_be_visible()
    for words in ("This page needs JavaScript", "此页面需要 JavaScript"):
        await expect(page.locator("#unable")).to_contain_text(words)


@pytest.mark.worlds
async def test_a_part_that_did_not_arrive_is_told(browser: Browser, gateway: Gateway) -> None:
    page, _ = await new_page(browser)
    for part in ("page.js", "style.css"):
        await page.route(f"**/{part}", lambda route: route.fulfill(status=502, body="bad gateway"))
        await page.goto(gateway.page)
        await expect(page.locator("#missing"), part).to_be_visible()
        await expect(page.locator("#unable"), part).to_have_count(0)
        await page.unroute_all()
        await is_in(page)  # by itself
        await expect(page.locator("#missing"), part).to_be_hidden()
        assert await page.evaluate("history.state.tried") == 0, part


@pytest.mark.worlds
async def test_a_part_that_never_arrives_is_not_asked_for_without_end(browser: Browser, gateway: Gateway) -> None:
    page, _ = await new_page(browser, own=True)
    visits: list[str] = []
    page.on("request", lambda request: visits.append(request.url) if request.url == gateway.page else None)
    await page.clock.install(time=0)
    await page.clock.pause_at(1000)  # else it reloads by itself before that is waited for
    await page.route("**/page.js", lambda route: route.fulfill(status=502, body="bad gateway"))
    await page.goto(gateway.page)
    for delay in (600, 2_100, 5_100):
        await expect(page.locator("#missing")).to_be_visible()
        async with page.expect_navigation():
            await page.clock.run_for(delay)
    await expect(page.locator("#missing")).to_be_visible()
    await page.clock.run_for(60_000)
    assert len(visits) == 4


async def test_a_page_that_arrives_slowly_is_not_called_too_old(browser: Browser, gateway: Gateway) -> None:
    page, _ = await new_page(browser, own=True)
    may_come = asyncio.Event()

    async def slowly(route: Route) -> None:
        await may_come.wait()
        await route.continue_()

    await page.clock.install()
    await page.route("**/page.js", slowly)
    await page.goto(gateway.page, wait_until="commit")
    await expect(page.locator("html.loading #unable")).to_be_hidden()
    await page.evaluate("document.getAnimations().forEach(each => each.finish())")
    await expect(page.locator("#unable")).to_be_hidden()
    may_come.set()
    await is_in(page)


async def test_text_from_right_to_left_does_not_scramble_a_link(browser: Browser, gateway: Gateway) -> None:
    page, _ = await open_page(browser, gateway)
    async with chat(gateway, name="bob") as bob:
        await bob.say("שלום https://example.org/a/?b=2/ עולם")
    await expect(texts(page)).to_have_count(1)
    places = await page.evaluate(
        """() => {
            const node = log.querySelector("a").firstChild;
            return [...node.data].map((_, index) => {
                const range = document.createRange();
                range.setStart(node, index);
                range.setEnd(node, index + 1);
                return range.getBoundingClientRect().left;
            });
        }"""
    )
    assert places == sorted(places)
    assert await texts(page).evaluate("each => getComputedStyle(each).direction") == "rtl"
