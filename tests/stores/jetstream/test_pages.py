"""Pages of a room on a real nats-server: what they cost, whatever was taken back."""

import pytest

from gateway.messages import Draft, deletion_of
from gateway.stores.jetstream import JetStreamStore, pages
from gateway.stores.jetstream.delivery import Reading
from gateway.stores.jetstream.pages import WIDEST, Pages
from gateway.stores.jetstream.runs import Runs

from ...samples import a_draft
from .conftest import Open

LIMIT = 4
TEXTS = 300


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[Reading]:
    """What is read by pages."""
    kept: list[Reading] = []
    read = Pages.read

    async def keep(*arguments: object) -> Reading:
        kept.append(await read(*arguments))  # type: ignore[arg-type]
        return kept[-1]

    monkeypatch.setattr(Pages, "read", keep)
    return kept


def deletion(*seqs: int) -> Draft:
    return a_draft(deletion_of(seqs), kind="deleted")


async def walled(store: JetStreamStore) -> None:
    """Texts, and behind them as many that were taken back and as many deletions."""
    await store.append([a_draft("long") for _ in range(TEXTS)])
    await store.append([a_draft("spam") for _ in range(TEXTS)])
    await store.append([deletion(*range(TEXTS + 1, 2 * TEXTS + 1))])
    await store.append([deletion(1) for _ in range(TEXTS)])


async def test_who_heard_of_what_was_taken_back_passes_it_over(node: Open, readings: list[Reading]) -> None:
    store = await node()
    await walled(store)
    assert [each.seq for each in await store.page(10**6, LIMIT)] == [*range(TEXTS - LIMIT + 1, TEXTS + 1)]
    assert [each.seq for each in await store.onward(TEXTS - 2, LIMIT)] == [TEXTS - 1, TEXTS]
    assert len(readings) == 2
    assert sum(len(each.items) for each in readings) <= 2 * LIMIT


async def test_who_did_not_looks_once_and_never_at_much_at_once(node: Open, readings: list[Reading]) -> None:
    await walled(await node())
    store = await node()
    store._pages._textless = Runs()  # as where that was before the newest of the log
    readings.clear()
    wanted = [*range(TEXTS - LIMIT + 1, TEXTS + 1)]
    assert [each.seq for each in await store.page(10**6, LIMIT)] == wanted
    assert max(len(each.items) for each in readings) <= WIDEST
    texts = [item for each in readings for item in each.messages if item.text == "long"]
    assert len(texts) <= WIDEST + 2 * LIMIT
    readings.clear()
    assert [each.seq for each in await store.page(10**6, LIMIT)] == wanted
    assert [len(each.items) for each in readings] == [LIMIT]


async def test_of_long_texts_few_are_read_at_once(
    node: Open, readings: list[Reading], monkeypatch: pytest.MonkeyPatch
) -> None:
    """nats-server goes on until it has sent as many bytes as it is asked for."""
    monkeypatch.setattr(pages, "READ_BYTES", 5_000)
    store = await node()
    await store.append([a_draft("x" * 2_000) for _ in range(8)] + [a_draft("x" * 20_000)])
    readings.clear()
    assert [each.seq for each in await store.page(10**6, 9)] == [*range(1, 10)]
    assert max(len(each.items) for each in readings) <= 3
