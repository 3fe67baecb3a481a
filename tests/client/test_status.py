"""The line below fits into any window, and the title tells what is unread."""

import pytest
from prompt_toolkit.utils import get_cwidth

from gateway.client.address import Address
from gateway.client.status import status, title

from .world import Json


@pytest.mark.parametrize("name", ["Ann", "宽" * 30])
def test_it_fits_and_what_matters_stays_longest(name: str) -> None:
    """One that was wider was broken in two, and pushed the conversation off the screen."""
    session = Json().session
    session.label, session.members, session.ledger.lag, session.is_in = name, 3, 0.012, True
    for columns in range(1, 120):
        assert get_cwidth(status(session, columns)) <= columns
    assert status(session, 200) == f"{name} · room:1 · 3 here · connected · lag 12 ms"
    assert status(session, 9) == "connected"
    assert "connected" in status(session, 20)
    session.is_in = False
    # Of a connection that is gone neither the lag nor how many were here is told.
    assert status(session, 200) == f"{name} · room:1 · connecting …"


def test_the_title_is_the_room_and_what_is_unread() -> None:
    session = Json().session
    session.address = Address("chat.example.org", 443, "wss://chat.example.org/ws")
    assert title(session, 0) == "chat.example.org:443"
    assert title(session, 7) == "(7) chat.example.org:443"
    session.title = "Ops\x1b]0;t\x07\n" + "x" * 1000
    assert title(session, 7) == "(7) Ops " + "x" * 96
