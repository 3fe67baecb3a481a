"""What is taken back is sent to nobody any more, though it stands in an answer that was made before."""

from collections.abc import Callable
from typing import Any

import pytest

from ..fakes import a_store
from ..inprocess import Gateway, Http, Json, Peer, Raw, gateway, rest, timeless
from ..samples import a_draft

SECRET = "a secret"
OPERATOR = {"Authorization": "Bearer secret"}


def by_json(**event: Any) -> Callable[[Gateway], Peer]:
    def ask(here: Gateway) -> Peer:
        peer = Json(here).hello()
        for _ in range(8):
            peer.tell(**event)
        return peer

    return ask


def by_line(here: Gateway) -> Peer:
    peer = Raw(here)
    for _ in range(8):
        peer.send(b"/history 100\r\n")
    return peer


ASKED: dict[str, Callable[[Gateway], Peer]] = {
    "GET /messages": lambda here: Http(here, path="/messages?limit=10"),
    "a search by GET /messages": lambda here: Http(here, path="/messages?q=secret"),
    "history": by_json(type="history", limit=100),
    "what comes behind": by_json(type="history", after=16, limit=100),
    "find": by_json(type="find", text="secret"),
    "lines": by_line,
}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("is_taken_back", [True, False])
@timeless
async def test_who_has_not_taken_what_is_taken_back_never_will(asked: str, is_taken_back: bool) -> None:
    store = a_store()
    await store.append([a_draft("first"), *(a_draft(f"{SECRET} " * 6000) for _ in range(16)), a_draft("last")])
    async with gateway(store, rate=0.0, rate_kib=0.0, admin_password="secret") as here:
        reader = ASKED[asked](here)
        reader.stall()
        await rest()
        visit = Http(here, "DELETE", "/messages/17" if is_taken_back else "/messages/1", **OPERATOR)
        await rest()
        assert visit.status == 200
        assert reader.is_lost is is_taken_back
        told = len(reader.data)
        if not is_taken_back:
            reader.take()
        await rest()
        assert (len(reader.data) == told) is is_taken_back
        assert len(here.house.unread) == 0
        reader.reset()
