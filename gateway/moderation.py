"""Who keeps order, and how: operators, bans that outlast a restart, mutes.

A ban is of subjects: a member's session, and its address unless that is our own machine's, which all proxied or local
members share. Everything that an operator does holds on all nodes, and is in the server's log.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address
from typing import Any, Protocol

import msgspec

from .decoding import BadJsonError, Decoder
from .gate import address_group, is_loopback
from .lock import Lock
from .roster import Resident, Roster
from .stores import Store
from .stores.nodes import Acted, BansChanged
from .wires.closing import Closing
from .wires.events import Moderate

log = logging.getLogger("gateway.moderation")


class Ban(msgspec.Struct, frozen=True):
    """Who was banned, by whom, and until when in milliseconds since 1970; 0 is for ever."""

    name: str
    by: str
    until: int


_decode = Decoder[Ban](Ban)


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
        """Know the bans that are stored. Raises StoreError."""
        bans: dict[str, Ban] = {}
        for subject, note in (await self._store.bans()).items():
            try:
                bans[subject] = _decode(note)
            except BadJsonError as error:
                self._store.skipped(f"the ban of {subject}", error)
        self._bans = bans

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

    def is_muted(self, host: str, owner: str) -> bool:
        """Whether somebody may not speak."""
        if not self._mutes:
            return False  # asked for each message, and nearly always so
        now = self._wall()
        return any(self._mutes.get(subject, 0) > now for subject in _subjects(host, owner))

    def _holds(self, ban: Ban | None) -> bool:
        return ban is not None and (not ban.until or ban.until > self._wall())

    # --- what an operator does ------------------------------------------------------------------------------------

    async def act(self, operator: Subject, request: Moderate, roster: Roster[Any]) -> None:
        """Do it in the whole room, and tell the operator. Raises StoreError."""
        if request.act == "banned":
            self._list(operator)
            return
        others: list[Subject] = [each for each in roster.members() if each is not operator]
        names = await _ACTS[request.act](self, operator.label, request, others)
        if request.act != "unban" and _address(request.target) is None:
            self._store.nodes.tell(Acted(request.act, request.target, request.seconds, operator.label))
            if not names and roster.is_elsewhere(request.target):
                names = [request.target]
        for name in names:
            operator.notice(_DONE[request.act], name)
            log.warning("%s from %s: %s %s", operator.label, operator.host, _DONE[request.act], name)
        if not names:
            operator.error("no-such-ban" if request.act == "unban" else "no-such-member", detail=request.target)

    async def hear(self, event: Acted | BansChanged, here: Sequence[Subject]) -> None:
        """An operator did something on another node: do it here too. Raises StoreError."""
        if isinstance(event, BansChanged):
            await self.load()
            self._close_barred(here)
            return
        for name in await _ACTS[event.act](self, event.by, Moderate(event.act, event.target, event.seconds), here):
            log.warning("%s on another node: %s %s", event.by, _DONE[event.act], name)

    async def _kick(self, by: str, request: Moderate, here: Sequence[Subject]) -> list[str]:
        targets = _called(request.target, here)
        for member in targets:
            member.close(Closing.KICKED)
        return [member.label for member in targets]

    async def _mute(self, by: str, request: Moderate, here: Sequence[Subject]) -> list[str]:
        targets = _called(request.target, here)
        for member in targets:
            self._mutes.update(dict.fromkeys(_subjects(member.host, member.owner), self._until(request)))
            member.notice("you-are-muted")
        return [member.label for member in targets]

    async def _ban(self, by: str, request: Moderate, here: Sequence[Subject]) -> list[str]:
        if (address := _address(request.target)) is not None:
            subjects = {f"address:{address}"}
        else:
            targets = _called(request.target, here)
            subjects = {subject for member in targets for subject in _subjects(member.host, member.owner)}
        ban = Ban(request.target, by, self._until(request))
        for subject in subjects:
            await self._store.ban(subject, msgspec.json.encode(ban).decode())
            self._bans[subject] = ban
        if not subjects:
            return []
        self._store.nodes.tell(BansChanged())
        self._close_barred(here)
        return [request.target]

    async def _unban(self, by: str, request: Moderate, here: Sequence[Subject]) -> list[str]:
        address, wanted = _address(request.target), request.target.casefold()
        found = [
            subject
            for subject, ban in self._bans.items()
            if subject == f"address:{address}" or ban.name.casefold() == wanted
        ]
        for subject in found:
            await self._store.unban(subject)
            del self._bans[subject]
        if not found:
            return []
        self._store.nodes.tell(BansChanged())
        return [request.target]

    def _list(self, operator: Subject) -> None:
        names = sorted({ban.name for ban in self._bans.values() if self._holds(ban)})
        operator.notice("bans" if names else "bans-none", ", ".join(names))

    def _close_barred(self, here: Sequence[Subject]) -> None:
        for member in here:
            if self.bars(member.host, member.owner):
                member.close(Closing.BANNED)

    def _until(self, request: Moderate) -> int:
        return self._wall() + request.seconds * 1000 if request.seconds else 0


_Act = Callable[[Moderation, str, Moderate, Sequence[Subject]], Awaitable[list[str]]]
_ACTS: dict[str, _Act] = {
    "kick": Moderation._kick,
    "mute": Moderation._mute,
    "ban": Moderation._ban,
    "unban": Moderation._unban,
}
_DONE = {"kick": "kicked", "mute": "muted", "ban": "banned", "unban": "unbanned"}


def _called(name: str, here: Sequence[Subject]) -> list[Subject]:
    """Who goes by this name."""
    wanted = name.casefold()
    return [each for each in here if each.label.casefold() == wanted]


def _subjects(host: str, owner: str) -> list[str]:
    owners = [f"session:{owner}"]
    return owners if is_loopback(host) else [*owners, f"address:{address_group(host)}"]


def _address(text: str) -> str | None:
    """What counts as one address, if this is one."""
    try:
        return address_group(str(ip_address(text)))
    except ValueError:
        return None
