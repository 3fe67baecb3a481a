"""A visitor: somebody who is not in the room, says one thing by a request, and waits until the log has it.

1. Who may not say it takes no name for it, nor is anything kept while nothing can be stored.
2. A name is the visitor's for as long as it waits.
"""

import asyncio
from contextvars import ContextVar

from aiohttp import web

from ..guard.gate import lane_of
from ..guard.holds import Hold
from ..members.house import House
from ..messages import Draft, Via, new_connection
from ..refusals import RefusedError
from ..room.whom import visitor_owner, visitor_scope
from ..stores import StoreError
from ..wires.events import Say

VISITOR: ContextVar[str] = ContextVar("visitor", default="?")
"""Whose visit it is, as the door knows it."""

STORE_SECONDS = 10.0


class Visitor:
    """Who asks by this request; under a name, if it gives one."""

    via: Via = "web"

    def __init__(self, house: House, request: web.Request, name: str | None) -> None:
        self._house = house
        self._request = request
        self._is_named = name is not None
        # Its seq, or why there is none: an error that is raised where it is waited for would hold us, who hold it.
        self._stored: asyncio.Future[int | RefusedError] = asyncio.get_running_loop().create_future()
        self.host = host = VISITOR.get()
        self.id = new_connection()
        self.session = visitor_scope(host, name)
        self.owner = visitor_owner(host, name)
        self.by = house.room.store.by_of(self.owner)
        self.label = house.room.roster.guest_label(self.by) if name is None else name

    async def say(self, said: Say) -> int:
        """Say it; its seq, once the log has it. Raises RefusedError, StoreError."""
        room, moderation = self._house.room, self._house.moderation
        moderation.check_ban(self.host, self.by)
        moderation.check_mute(self.host, self.by)
        if room.inbox.trouble:
            raise RefusedError("not-stored", room.inbox.trouble, 1)
        lane = lane_of(self.host, self.id)
        if self._is_named:
            draft = await room.questions.answer(lane, self.owner, lambda: self._claim(said))
        else:
            draft = self._house.draft(self, said)
        try:
            moderation.check_ban(self.host, self.by)  # since it came
            moderation.check_mute(self.host, self.by, "not-said-muted")
            room.inbox.put(draft, self, None)
            async with asyncio.timeout(STORE_SECONDS):
                stored = await self._stored
        except TimeoutError as error:
            raise RefusedError("store-failed", "too slow", 1) from error
        finally:
            if self._is_named:
                room.naming.release(self.owner, lane)
        if isinstance(stored, int):
            return stored
        raise RefusedError(stored.code, stored.detail, stored.seconds)

    async def _claim(self, said: Say) -> Draft:
        """What it says, under its name, which it takes with its turn to speak: who has none takes no name.

        Nor does who was banned or has left while it waited: then its crowd costs the store nothing.
        """
        moderation, now = self._house.moderation, self._house.deadlines.now()
        moderation.check_ban(self.host, self.by)
        if has_left(self._request):
            raise ConnectionResetError("the client has left")
        draft = self._house.draft(self, said)
        try:
            await self._house.room.naming.claim(self.label, self.owner, self.host)
        except (RefusedError, StoreError):
            moderation.hear_not(self, draft.key, now)
            raise
        return draft

    # --- what it is told ------------------------------------------------------------------------------------------

    def logged(self, say_id: str | None, seq: int) -> None:
        """It is in the log."""
        if not self._stored.done():
            self._stored.set_result(seq)

    def hold(self, why: Hold) -> None:
        """It says nothing more anyway."""

    def let_go(self, why: Hold) -> None:
        """It says nothing more anyway."""

    def fail(self) -> None:
        """See Blamed."""
        if not self._stored.done():
            self._stored.set_result(RefusedError("internal"))

    cut = fail

    def notice(self, code: str, detail: str = "", seconds: int = 0) -> None:
        """The store fails: better to hear that than to wait."""
        if code == "store-failed" and not self._stored.done():
            self._stored.set_result(RefusedError(code, detail, 1))


def has_left(request: web.Request) -> bool:
    """Whether nobody is there any more who asks: that is no fault, and nobody sees the answer."""
    return request.transport is None or request.transport.is_closing()
