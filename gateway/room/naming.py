"""What people are called. A person has one name, on all its connections, and on all nodes where it is in.

1. Who has which name MUST be what the store says: it is claimed first, then gone by.
2. A person gives its name up when its last connection here has gone, and not before; what else holds it is the store's
   to know.
3. What is asked about one person MUST be asked one after the other: see Questions.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from math import ceil
from typing import Generic, Protocol, TypeVar

from ..faults import bare, contained
from ..guard.gate import address_group, is_loopback
from ..guard.rate import Renames
from ..names import BadNameError, clean_name, defused
from ..refusals import RefusedError
from ..stores import Bookkeeping, StoreError
from ..stores.nodes import NameForgotten
from ..wires.answers import Answer, NameTaken
from .questions import Asker, Questions
from .roster import Resident, Roster


class Named(Asker, Resident, Protocol):
    """A member as it is seen here: one of a person's connections."""

    def answer(self, answer: Answer) -> None:
        """Tell it something."""

    def notice(self, code: str, detail: str = "") -> None:
        """Tell it something that a person should read."""

    def refuse(self, why: RefusedError) -> None:
        """Tell it why not, and when it may ask again."""

    def refuse_name(self, why: RefusedError) -> None:
        """Tell it why it can't be called so, and what it is called."""


N = TypeVar("N", bound=Named)
Enter = Callable[[str | None], bool]
"""Lets a member in under a name; False if it is gone."""


class Naming(Generic[N]):
    """The names of those who are in a roster. `now` is the time in seconds."""

    def __init__(self, store: Bookkeeping, roster: Roster[N], questions: Questions, now: Callable[[], float]) -> None:
        self._store = store
        self._roster = roster
        self._questions = questions
        self._now = now
        self._renames = Renames()
        self._unreleased: set[str] = set()  # whose names are to be given up, and could not be
        self._unfollowed: set[str] = set()  # whose names are others by now, and could not be asked for

    def admit(self, member: N, name: str | None, enter: Enter) -> None:
        """Find out which name a member comes in with: the one it asks for, or its person's."""
        self._questions.ask(member, lambda: self._admit(member, name, enter))

    def rename(self, member: N, name: str) -> None:
        """Give a member's person a name, if it can have it."""
        self._questions.ask(member, lambda: self._rename(member, name))

    def release(self, owner: str, lane: str) -> None:
        """Give up a name, unless its person is still in; if the store fails, when it can: else nobody could have it."""
        self._questions.do(owner, lambda: self._release(owner), lane)

    def try_again(self) -> None:
        """Do what the store could not, once nothing else is asked."""
        if not self._questions:
            for owner in self._unreleased:
                self._questions.do(owner, partial(_quietly, self._release, owner))
            for owner in self._unfollowed:
                self._questions.do(owner, partial(_quietly, self._follow, owner))

    def follow(self, owner: str) -> None:
        """A person has another name since it was claimed on another node: if it is in here too, it goes by that."""
        if self._roster.holder(owner) is not None:
            self._questions.do(owner, lambda: self._follow(owner))

    def dispossess(self, owner: str) -> None:
        """A person's name is somebody else's: it is a guest."""
        self._take_from(owner, lambda lost: RefusedError("name-taken", lost))

    def _take_from(self, owner: str, why: Callable[[str], RefusedError]) -> None:
        person = self._roster.holder(owner)
        if person is None or not person.named:
            return
        lost = person.label
        self._roster.rename(person, self._roster.guest_label(person.by), named=False)
        for each in self._roster.connections(owner):
            contained(each, each.refuse, why(lost))
            contained(each, each.answer, NameTaken(each.label))

    async def forget(self, owner: str, lane: str) -> None:
        """Have nothing kept of what a person was called, on any node; who is in is a guest then. Raises StoreError."""
        await self._questions.answer(lane, owner, lambda: self._forget(owner))

    def forget_too(self, owner: str) -> None:
        """That was done on another node."""
        if self._roster.holder(owner) is not None:
            self._questions.do(owner, lambda: self._forget_too(owner))

    async def claim(self, name: str, owner: str, host: str) -> None:
        """Take a clean name for a visitor. Raises RefusedError, with seconds if it can be had later, and StoreError.

        All visitors of one name are one person; how those of an address write it is no matter of the others'.
        """
        await self._take(name, owner, host, f"{owner} {address_group(host)}")

    # --- questions to the store -----------------------------------------------------------------------------------

    async def _admit(self, member: N, name: str | None, enter: Enter) -> None:
        got: str | None = None
        refused: RefusedError | None = None
        try:
            got = await (self._claim(member, name) if name else self._name_of(member.owner))
        except RefusedError as error:
            refused = bare(error)
            with suppress(RefusedError):  # it keeps the one that it had, if it still can
                got = await self._name_of(member.owner)
        finally:
            self._call(member.owner, got)
            entered = enter(got)
        if refused and refused.code == "name-forgotten":
            member.notice(refused.code, refused.detail)
        elif refused:
            member.refuse(refused)
        if got and not entered:
            await self._release(member.owner)

    async def _rename(self, member: N, name: str) -> None:
        try:
            clean = await self._claim(member, name)
        except RefusedError as refused:
            member.refuse_name(refused)
            return
        if not self._call(member.owner, clean) and member in self._roster:
            member.answer(NameTaken(clean))
        await self._release(member.owner)

    async def _follow(self, owner: str) -> None:
        self._unfollowed.add(owner)
        with suppress(RefusedError):
            await self._hold_too(owner)
        self._unfollowed.discard(owner)

    async def _hold_too(self, owner: str) -> None:
        """Hold here what the store says; if it says nothing, what it goes by here, or it has none any more."""
        person = self._roster.holder(owner)
        if person is None:
            return
        name = await self._recall(owner) or (person.label if person.named else None)
        if name is None:
            return
        if await self._store.names.claim(name, owner):
            self._call(owner, name)
        else:
            self.dispossess(owner)
        await self._release(owner)

    async def _forget(self, owner: str) -> None:
        await self._store.names.forget(owner)
        self._take_from(owner, _erased)
        self._store.nodes.tell(NameForgotten(owner))

    async def _forget_too(self, owner: str) -> None:
        """Unless it has taken one again since."""
        if await self._store.names.recall(owner) is None:
            self._take_from(owner, _erased)
            await self._store.names.release(owner)

    async def _release(self, owner: str) -> None:
        """Unless it is in, and goes by it: it came back meanwhile, or is here by another connection."""
        person = self._roster.holder(owner)
        if person is not None and person.named:
            self._unreleased.discard(owner)
            return
        self._unreleased.add(owner)
        await self._store.names.release(owner)
        self._unreleased.discard(owner)

    async def _claim(self, member: N, name: str) -> str:
        clean = clean_name(name)
        await self._take(clean, member.owner, member.host)
        return clean

    async def _take(self, name: str, owner: str, host: str = "", renamer: str = "") -> None:
        """Take a name, unless it is too soon for who renames: in other letters it is another.

        Without a `host` it was had before; without a `renamer` it is its person who renames.
        """
        renamer = renamer or owner
        now = self._now()
        address = "" if not host or is_loopback(host) else host
        if wait := ceil(self._renames.wait(renamer, name, now, address)):
            raise RefusedError("rename-wait", str(wait), wait)
        if not await self._store.names.claim(name, owner):
            raise RefusedError("name-taken", name)
        self._renames.take(renamer, name, now, address)

    async def _name_of(self, owner: str) -> str | None:
        """The name that a person goes by; if it goes by none here, the one that its session had, taken again."""
        person = self._roster.holder(owner)
        if person is not None and person.named:
            return person.label
        name = await self._recall(owner)
        if name is not None:
            await self._take(name, owner)
        return name

    async def _recall(self, owner: str) -> str | None:
        """What the store knows of it. A name that nobody may have any more is forgotten: RefusedError."""
        name = await self._store.names.recall(owner)
        if name is None:
            return None
        try:
            return clean_name(name)
        except BadNameError as error:
            await self._store.names.forget(owner)
            raise RefusedError("name-forgotten", defused(name)) from error

    def _call(self, owner: str, name: str | None) -> bool:
        """Have a person who is in go by a name, and tell its connections. False if it is not in, or does so anyway."""
        person = self._roster.holder(owner)
        if person is None or name is None or person.label == name:
            return False
        self._roster.rename(person, name)
        for each in self._roster.connections(owner):
            contained(each, each.answer, NameTaken(name))
        return True


def _erased(lost: str) -> RefusedError:
    return RefusedError("name-erased", lost)


async def _quietly(job: Callable[[str], Awaitable[None]], owner: str) -> None:
    """It was told the first time that the store fails."""
    with suppress(StoreError):
        await job(owner)
