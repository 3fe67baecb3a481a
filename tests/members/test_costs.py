"""Costs: an answer that is as long as others made it counts by what is in it."""

import pytest

from gateway.members.costs import MESSAGE_BYTES, PERSON_BYTES, cost_of
from gateway.people import Person
from gateway.wires.answers import Page, Who

from ..doors import JsonPeer
from ..fakes import scene
from ..samples import a_message
from .test_websocket import enter

ANSWERS = [
    (Page([a_message("hi"), a_message("你好")], more=True), 2 * MESSAGE_BYTES),
    (Page([a_message("é" * 20), a_message("a" * 17)], more=True), 2 * MESSAGE_BYTES + 5 + 2),
    (Page([], more=False), 0),
    (Who(812, [Person("ann", "web"), Person("李" * 6, "tcp")], more=True), 2 * PERSON_BYTES + 2),
]


@pytest.mark.parametrize(("answer", "cost"), ANSWERS)
def test_an_answer_counts_by_what_is_in_it(answer: Page | Who, cost: int) -> None:
    assert cost_of(answer) == cost


async def test_what_others_made_long_keeps_nobody_waiting_who_has_the_address_of_its_readers() -> None:
    """7 KB of deflated texts, from elsewhere, kept an office silent for a minute when twenty of it opened the page."""
    longest = a_message("a" + "\u200b" * 21_000 + "b")
    async with scene(per_ip=0) as here:
        office = [JsonPeer(here, "203.0.113.9") for _ in range(21)]
        for one in office:
            await one.come()
        for reader in office[1:]:
            for _ in range(16):
                reader.member.answer(Page([longest], more=True))
        assert '"ack"' in await office[0].say("hi")
        assert not office[0].member.is_held


@pytest.mark.parametrize(("answer", "cost"), ANSWERS)
async def test_who_is_told_it_pays_it(answer: Page | Who, cost: int) -> None:
    async with scene(rate=0.0, rate_kib=64.0) as here:
        ann, _ = await enter(here)
        own = ann.meter(here.clock.now())._bytes
        before = own._left
        ann.answer(answer)
        assert before - own._left == cost
