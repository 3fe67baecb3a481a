"""A visitor: somebody who is not in the room, says one thing by a request, and waits until the log has it.

1. Who may not say it takes no name for it, nor is anything kept while nothing can be stored.
2. A name is the visitor's for as long as it waits.
"""

import asyncio
from contextvars import ContextVar

from aiohttp import web

from ..guard.gate import lane_of
from ..members.house import House
from ..messages import Draft, Via, new_connection
from ..refusals import RefusedError
from ..room.inbox import Waiting
from ..room.whom import visitor_owner, visitor_scope
from ..stores import StoreError
from ..wires.events import Say

VISITOR: ContextVar[str] = ContextVar("visitor", default="?")
"""Whose visit it is, as the door knows it."""

STORE_SECONDS = 10.0


class Visitor(Waiting):
    """Who asks by this request; under a name, if it gives one."""

    via: Via = "web"

    def __init__(self, house: House, request: web.Request, name: str | None) -> None:
        super().__init__()
        self._house = house
        self._request = request
        self._is_named = name is not None
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
        self._check_inbox()
        lane = lane_of(self.host, self.id)
        if self._is_named:
            draft = await room.questions.answer(lane, self.owner, lambda: self._claim(said))
        else:
            draft = self._house.draft(self, said)
        try:
            moderation.check_ban(self.host, self.by)  # since it came
            moderation.check_mute(self.host, self.by, "not-said-muted")
            self._check_inbox()
            room.inbox.put(draft, self, None)
            async with asyncio.timeout(STORE_SECONDS):
                return await self.seq()
        except TimeoutError as error:
            raise RefusedError("store-failed", "too slow", 1) from error
        finally:
            if self._is_named:
                room.naming.release(self.owner, lane)

    def _check_inbox(self) -> None:
        if trouble := self._house.room.inbox.trouble:
            raise RefusedError("not-stored", trouble, 1)

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
            moderation.give_turn_back(self, draft.key, now)
            raise
        return draft


def lane_of_request(request: web.Request) -> str:
    """With whom it waits: as a member of its address would."""
    return lane_of(VISITOR.get(), str(id(request.transport)))


def has_left(request: web.Request) -> bool:
    """Whether nobody is there any more who asks: that is no fault, and nobody sees the answer."""
    return request.transport is None or request.transport.is_closing()
