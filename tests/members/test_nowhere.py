"""What is asked of a transport that has ended."""

import asyncio
import gc

from gateway.members.nowhere import NOWHERE


def test_who_has_it_is_at_its_end_and_may_ask_for_whatever_it_did_before() -> None:
    for ask in (NOWHERE.pause_reading, NOWHERE.resume_reading, NOWHERE.close, NOWHERE.abort):
        ask()
        assert NOWHERE.is_closing()
    NOWHERE.write(b"late")


def test_it_holds_nobody() -> None:
    holder = NOWHERE.get_protocol()
    assert type(holder) is asyncio.Protocol
    assert holder not in gc.get_referents(NOWHERE)
    assert NOWHERE.get_protocol() is not holder
