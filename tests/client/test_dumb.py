"""What a terminal that can only print shows of what is typed there; as a process it is in e2e."""

import pytest

from gateway.client import told
from gateway.client.dumb import DumbTerminal
from gateway.client.memory import Memory

from .recorder import Recorder


@pytest.mark.parametrize("via", ["web", "own"])  # by WebSocket, and by the raw wire
async def test_what_was_kept_while_the_room_was_away_is_shown_when_it_is_said(via: str) -> None:
    """It stood above all that others had said since, and nothing told that it was said."""
    talk = DumbTerminal(Memory(None, ""))
    talk._link = link = Recorder(talk.hear)
    link.session.label = "Ann"
    for is_in, typed in ((False, "kept"), (False, "/me waits"), (True, "typed"), (True, "kept")):
        link.session.is_in = is_in
        await talk._do(typed)
    for label, text in (("Ann", "kept"), ("Ann", "waits"), ("Ann", "typed"), ("bob", "typed"), ("Ann", "kept")):
        talk.hear(told.Message(label, text, via=via if label == "Ann" else "web"))
    shown = [(event.label, event.text) for event in talk._take() if isinstance(event, told.Message)]
    assert shown == [("Ann", "kept"), ("Ann", "waits"), ("bob", "typed")]
