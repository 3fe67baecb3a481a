"""Costs: an answer that is as long as others made it counts by what is in it."""

import pytest

from gateway.members.costs import MESSAGE_BYTES, PERSON_BYTES, cost_of
from gateway.people import Person
from gateway.wires.events import Page, Who

from ..fakes import scene
from ..samples import a_message
from .test_websocket import enter

ANSWERS = [
    (Page([a_message("hi"), a_message("你好")], more=True), 2 * MESSAGE_BYTES + 2 + 6),
    (Page([], more=False), 0),
    (Who(812, [Person("ann", "web"), Person("李", "tcp")], more=True), 2 * PERSON_BYTES + 3 + 3),
]


@pytest.mark.parametrize(("answer", "cost"), ANSWERS)
def test_an_answer_counts_by_what_is_in_it(answer: Page | Who, cost: int) -> None:
    assert cost_of(answer) == cost


@pytest.mark.parametrize(("answer", "cost"), ANSWERS)
async def test_who_is_told_it_pays_it(answer: Page | Who, cost: int) -> None:
    async with scene(rate=0.0, rate_kib=64.0) as here:
        ann, _ = await enter(here)
        own = ann.meter(here.clock.now())._own.bytes
        before = own._left
        ann.answer(answer)
        assert before - own._left == cost
