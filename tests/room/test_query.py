"""What somebody looks for: which messages it is, by their words, whose they are, and when they were said."""

from datetime import date
from typing import Any

import pytest

from gateway.messages import deletion_of
from gateway.refusals import RefusedError
from gateway.room.query import Query
from gateway.wires.events import Find

from ..doors import JsonPeer
from ..fakes import scene
from ..samples import a_draft
from .searched import MANY, NOON, say, search, seqs


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, [6, 5, 4, 3, 2, 1]),
        ({"limit": 2}, [6, 5]),
        ({"before": 4}, [3, 2, 1]),
        ({"before": MANY}, [6, 5, 4, 3, 2, 1]),
        ({"before": 4, "limit": 1}, [3]),
        ({"before": 1}, []),
        ({"sender": "ANN"}, [3, 2, 1]),
        ({"sender": "Bob Lee"}, [4]),
        ({"sender": "('203.0.113.9', 5000)"}, []),
        ({"sender": "nobody"}, []),
        ({"sender": " BOB "}, [4]),  # as the name begins, by words
        ({"sender": "Bo"}, []),
        ({"sender": "Lee"}, []),
        ({"since": date(2026, 11, 24)}, [6, 5, 4, 3]),
        ({"until": date(2026, 11, 24)}, [4, 3, 2, 1]),
        ({"since": date(2026, 11, 24), "until": date(2026, 11, 24)}, [4, 3]),
        ({"since": date(2026, 11, 26)}, []),
        ({"until": date.max}, [6, 5, 4, 3, 2, 1]),
        ({"since": date.min}, [6, 5, 4, 3, 2, 1]),
    ],
)
async def test_which_messages(fields: dict[str, Any], found: list[int]) -> None:
    midnight = NOON - 12 * 3_600_000
    async with scene() as here:
        store = here.store
        await store.append([
            a_draft("word", at=NOON - 2 * 86_400_000), a_draft("word", at=midnight - 1), a_draft("word", at=midnight),
            a_draft("word", label="bob lee", at=midnight + 86_400_000 - 1),
            a_draft("word", label="('203.0.113.9', 5000)", at=midnight + 86_400_000),
            a_draft("WORD", label="Carl", kind="action", at=NOON + 86_400_000),
        ])  # fmt: skip
        await here.settle()
        assert seqs(await search(here, "word", **fields)) == found


@pytest.mark.parametrize(
    ("label", "sender", "is_found"),
    [
        ("José", "jose", True),
        ("José", "JOSÉ", True),
        ("Jose", "josé", True),
        ("Łukasz Ørn", "lukasz orn", True),
        ("Łukasz Ørn", "lukasz", True),
        ("Ann-Marie", "ann", True),
        ("ann_marie", "Ann", True),
        ("guest-abcdef", "guest", True),
        ("Anna", "ann", False),
        ("Ann Lee", "ann le", False),
        ("Ann Lee", "lee", False),
        ("小明", "小", False),
        ("小明 二", "小明", True),
        ("राम", "र", False),  # what follows is a mark of its letter
    ],
)
async def test_a_name_is_compared_as_mentions_do_and_by_the_words_that_it_begins_with(
    label: str, sender: str, is_found: bool
) -> None:
    async with scene() as here:
        store: Any = here.room.store
        await say(store, "word", label=label)
        await here.settle()
        for words in ("word", ""):
            assert seqs(await search(here, words, sender=sender)) == [1] * is_found


async def test_all_that_a_person_said_is_found_without_any_word() -> None:
    async with scene() as here:
        store: Any = here.room.store
        for number in range(100):
            await say(store, f"number {number}", label="Ann Lee" if number % 3 == 0 else "Bob")
        await store.append([a_draft(deletion_of([1]), label="Ann Lee", kind="deleted")])
        await here.settle()
        found = await search(here, "", sender="ann lee", limit=20)
        together = seqs(found)
        while found.more:
            found = await search(here, " ", sender="ann lee", limit=20, before=found.before)
            together += seqs(found)
        assert together == [*range(100, 1, -3)]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"since": "2026-11-24T00:00:00Z"}, [3, 2, 1]),
        ({"since": "2026-11-24T00:00:00.001+00:00"}, [3, 2]),
        ({"since": "2026-11-24T20:00:00+08:00"}, [3, 2]),
        ({"until": "2026-11-24T12:00:00Z"}, [1]),
        ({"until": "2026-11-24T20:00:00.001+08:00"}, [2, 1]),
        ({"since": "2026-11-24T07:00:00-05:00", "until": "2026-11-25T00:00:00Z"}, [2]),
        ({"since": "0001-01-01T00:00:00+12:00", "until": "9999-12-31T23:59:59-12:00"}, [3, 2, 1]),
    ],
)
async def test_a_bound_may_be_a_time(fields: dict[str, str], found: list[int]) -> None:
    async with scene() as here:
        midnight = NOON - 12 * 3_600_000
        times = (midnight, NOON, midnight + 86_400_000)
        await here.store.append([a_draft("word", at=at) for at in times])
        await here.settle()
        ann = JsonPeer(here, "192.0.2.1", "Ann")
        await ann.come()
        (event,) = ann.events(await ann.tell(type="find", text="word", **fields))
        assert [message["seq"] for message in event["messages"]] == found


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Find(""), "search-empty"),
        (Find(" \n"), "search-empty"),
        (Find("", sender=" \u3000"), "search-empty"),
        (Find("", since=date(2026, 11, 24)), "search-empty"),
        (Find("x " * 600), "search-long"),
        (Find("x", sender="y" * 1001), "search-long"),
        (Find("x" * 201), "search-long"),
        (Find(" ".join(map(chr, range(97, 114)))), "search-long"),
    ],
)
def test_what_is_not_looked_for(wanted: Find, code: str) -> None:
    with pytest.raises(RefusedError, match=code):
        Query.of(wanted, 10)
