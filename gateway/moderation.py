"""Who keeps order, and how: operators, bans that outlast a restart, mutes.

A ban is of subjects: a member's session, and its address unless that is our own machine's, which all proxied or local
members share. Everything that an operator does is in the server's log.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import ip_address
from typing import Protocol

import msgspec

from .gate import address_group, is_loopback
from .lock import Lock
from .roster import Resident
from .stores import Store
from .wires.closing import Closing
from .wires.events import Moderate

log = logging.getLogger("gateway.moderation")


class Ban(msgspec.Struct, frozen=True):
    """Who was banned, by whom, and until when in milliseconds since 1970; 0 is for ever."""

    name: str
    by: str
    until: int


class Subject(Resident, Protocol):
    """A member as an operator sees it."""

    host: str

    def close(self, why: Closing) -> None:
        """End it at once."""

    def notice(self, code: str, detail: str = "") -> None:
        """Tell it something that a person should read."""

    def error(self, code: str, say_id: str | None = None, detail: str = "") -> None:
        """Tell it why not."""


class Moderation:
    """The operators, bans and mutes of a room. `wall` is the time in milliseconds since 1970."""

    def __init__(self, store: Store, admin_password: str, wall: Callable[[], int]) -> None:
        self.lock = Lock(admin_password)
        self._store = store
        self._wall = wall
        self._operators: set[str] = set()
        self._bans: dict[str, Ban] = {}
        self._mutes: dict[str, int] = {}

    async def load(self) -> None:
        """Remember the bans that are stored. Raises StoreError."""
        for subject, note in (await self._store.bans()).items():
            self._bans[subject] = msgspec.json.decode(note, type=Ban)

    # --- what is so -----------------------------------------------------------------------------------------------

    def is_operator(self, member: Subject) -> bool:
        """Whether it has given the admin password."""
        return member.owner in self._operators

    def promote(self, member: Subject, password: str, now: float) -> str | None:
        """Make it an operator; else the code of the phrase that says why not."""
        if self.lock.is_open:
            return "op-none"
        if problem := self.lock.refuses(member.host, password, now):
            return problem
        self._operators.add(member.owner)
        log.info("%s from %s is an operator now", member.label, member.host)
        return None

    def bars(self, host: str, owner: str) -> bool:
        """Whether somebody is banned."""
        return any(self._holds(self._bans.get(subject)) for subject in _subjects(host, owner))

    def is_muted(self, member: Subject) -> bool:
        """Whether it may not speak."""
        if not self._mutes:
            return False  # asked for each message, and nearly always so
        now = self._wall()
        return any(self._mutes.get(subject, 0) > now for subject in _subjects(member.host, member.owner))

    def _holds(self, ban: Ban | None) -> bool:
        return ban is not None and (not ban.until or ban.until > self._wall())

    # --- what an operator does ------------------------------------------------------------------------------------

    async def act(self, operator: Subject, request: Moderate, here: Sequence[Subject]) -> None:
        """Do it among who is here, and tell the operator. Raises StoreError."""
        await _ACTS[request.act](self, operator, request, here)

    async def _kick(self, operator: Subject, request: Moderate, here: Sequence[Subject]) -> None:
        for member in self._targets(operator, request, here):
            member.close(Closing.KICKED)
            self._done(operator, "kicked", member.label)

    async def _mute(self, operator: Subject, request: Moderate, here: Sequence[Subject]) -> None:
        for member in self._targets(operator, request, here):
            until = self._until(request)
            self._mutes.update(dict.fromkeys(_subjects(member.host, member.owner), until))
            member.notice("you-are-muted")
            self._done(operator, "muted", member.label)

    async def _ban(self, operator: Subject, request: Moderate, here: Sequence[Subject]) -> None:
        ban = Ban(request.target, operator.label, self._until(request))
        if (address := _address(request.target)) is not None:
            await self._bar([f"address:{address}"], ban)
            members = [each for each in here if each is not operator and self.bars(each.host, each.owner)]
        else:
            members = self._targets(operator, request, here)
            for member in members:
                await self._bar(_subjects(member.host, member.owner), ban)
        for member in members:
            member.close(Closing.BANNED)
        if members or address is not None:
            self._done(operator, "banned", request.target)

    async def _bar(self, subjects: Iterable[str], ban: Ban) -> None:
        for subject in subjects:
            await self._store.ban(subject, msgspec.json.encode(ban).decode())
            self._bans[subject] = ban

    async def _unban(self, operator: Subject, request: Moderate, here: Sequence[Subject]) -> None:
        address = _address(request.target)
        found = [
            subject
            for subject, ban in self._bans.items()
            if subject == f"address:{address}" or ban.name.casefold() == request.target.casefold()
        ]
        for subject in found:
            await self._store.unban(subject)
            del self._bans[subject]
        if found:
            self._done(operator, "unbanned", request.target)
        else:
            operator.error("no-such-ban", detail=request.target)

    async def _list(self, operator: Subject, request: Moderate, here: Sequence[Subject]) -> None:
        names = sorted({ban.name for ban in self._bans.values() if self._holds(ban)})
        operator.notice("bans" if names else "bans-none", ", ".join(names))

    def _targets(self, operator: Subject, request: Moderate, here: Sequence[Subject]) -> list[Subject]:
        """Who goes by this name; tells the operator if nobody else does."""
        wanted = request.target.casefold()
        found = [each for each in here if each.label.casefold() == wanted and each is not operator]
        if not found:
            operator.error("no-such-member", detail=request.target)
        return found

    def _until(self, request: Moderate) -> int:
        return self._wall() + request.seconds * 1000 if request.seconds else 0

    def _done(self, operator: Subject, code: str, name: str) -> None:
        operator.notice(code, name)
        log.warning("%s from %s: %s %s", operator.label, operator.host, code, name)


_Act = Callable[[Moderation, Subject, Moderate, Sequence[Subject]], Awaitable[None]]
_ACTS: dict[str, _Act] = {
    "kick": Moderation._kick,
    "mute": Moderation._mute,
    "ban": Moderation._ban,
    "unban": Moderation._unban,
    "banned": Moderation._list,
}


def _subjects(host: str, owner: str) -> list[str]:
    owners = [f"session:{owner}"]
    return owners if is_loopback(host) else [*owners, f"address:{address_group(host)}"]


def _address(text: str) -> str | None:
    """What counts as one address, if this is one."""
    try:
        return address_group(str(ip_address(text)))
    except ValueError:
        return None
