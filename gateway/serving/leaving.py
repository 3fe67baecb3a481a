"""How those who are in are sent away when the gateway stops."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from ..faults import contained
from ..guard.holds import Hold
from ..members.house import House
from ..wires.closing import Closing

STORE_SECONDS = 1.0
STOP_SECONDS = 4.0
GOODBYE_SECONDS = 0.5
STEP_SECONDS = 0.02


async def drain(house: House, seconds: float, hurried: asyncio.Event) -> None:
    """Let nobody in any more, and send away who is in, one after another: who goes at once comes back at once.

    It takes less if nobody is in any more, or when it is `hurried`.
    """
    if not seconds:
        return
    loop = asyncio.get_running_loop()
    house.is_draining = True
    members, sent, begun = list(house.members), 0, loop.time()
    while house.members and loop.time() < begun + seconds and not hurried.is_set():
        due = int(len(members) * (loop.time() - begun) / seconds)
        for member in members[sent:due]:
            contained(member, member.leave, Closing.GOING_AWAY)
        sent = due
        await asyncio.sleep(STEP_SECONDS)


async def flush(house: House, hurried: asyncio.Event) -> None:
    """Have all who are in leave, with what they are owed, for STOP_SECONDS at most; or at once when it is `hurried`.

    What anybody has said is owed to all of them: so first nobody is heard any more, and the log has what was.
    """
    await _store_all(house)
    members = list(house.members)
    for member in members:
        contained(member, member.leave, Closing.GOING_AWAY)
        contained(member, member.let_go, Hold.STOP)  # who leaves is heard for its goodbye alone
    await _until(STOP_SECONDS, lambda: hurried.is_set() or all(member.is_flushed for member in members))
    # Who is at nc does not close when we do; a browser does at once.
    await _until(GOODBYE_SECONDS, lambda: hurried.is_set() or all(member.is_lost for member in members))
    for member in members:
        if not member.is_lost:
            member.transport.abort()


async def _store_all(house: House) -> None:
    house.is_draining = True
    house.room.inbox.close()
    for member in list(house.members):
        contained(member, member.hold, Hold.STOP)
    with suppress(TimeoutError):
        async with asyncio.timeout(STORE_SECONDS):
            await house.room.inbox.emptied()


async def send_away(house: House, why: Closing) -> None:
    """Tell all who are in why it ends: nothing more can be stored or heard."""
    members = list(house.members)
    for member in members:
        contained(member, member.close, why)
    await _until(GOODBYE_SECONDS, lambda: all(member.is_lost for member in members))


async def _until(seconds: float, condition: Callable[[], bool]) -> None:
    """Wait for something that nobody tells of, `seconds` at most."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while loop.time() < deadline and not condition():  # noqa: ASYNC110 - it is for the stop alone
        await asyncio.sleep(0.01)
