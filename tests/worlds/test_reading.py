"""Reading back in a browser that keeps the place of rows otherwise than Chromium."""

from pathlib import Path

import pytest

from ..e2e.conftest import Start
from ..e2e.peers import chat
from .firefox import firefox
from .story import eventually

READY = """(async () => {
    await document.fonts.ready;
    const rows = document.querySelectorAll("#log > .message").length;
    return document.readyState === "complete" && document.querySelector("#log[aria-live=polite]") ? rows : 0;
})()"""
"""How many rows there are, once the page has settled."""

STEP = """(async () => {
    const {top, bottom} = scroller.getBoundingClientRect();
    const topOf = each => each.getBoundingClientRect().top;
    const rows = [...document.querySelectorAll("#log > .message")];
    const row = rows.find(each => topOf(each) > top && topOf(each) < bottom);
    const before = topOf(row);
    scroller.scrollBy(0, -120);
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
    return Math.round(topOf(row) - before);
})()"""
"""A task of its own each, as a reader's: in a frame's callback it was undone by the page's own in that frame."""


@pytest.mark.worlds
@pytest.mark.asyncio(loop_scope="module")
async def test_rows_move_as_far_as_they_are_scrolled(start: Start, tmp_path: Path) -> None:
    """What is first seen took its true height, and pushed unseen what one had not read yet."""
    gateway = start("--rate", "0", "--rate-kib", "0")
    async with chat(gateway, name="bob") as bob:
        for number in range(180):
            await bob.say("\n".join(f"line {line} of {number}" for line in range(number * 7 % 14 + 1)))
        await bob.texts(180)
    async with firefox(tmp_path) as tab:
        await tab.go(gateway.page)

        async def rows() -> int:
            return int(await tab.evaluate(READY))

        await eventually(rows, lambda count: count >= 100, "the page should show what was said")
        moves = [await tab.evaluate(STEP) for _ in range(30)]
        assert moves == [120] * 30
