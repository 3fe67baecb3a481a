"""Whom an operator means: a person by public id, by what it said or by its name; or an address or network.

A public id in brackets, as `/whois` and the answers to /delete and /purge show it, is nobody else: no name begins so.
By it one can be banned or muted whom nobody knows any more. What else is typed is read in this order, and the first
reading that is somebody is meant:

1. an address or a network, which is nobody's name;
2. who goes by exactly that name (by name key), here or on another node as far as is known;
3. who said something under that name lately, taken back or not, and is gone or goes by another name now.

Names are anybody's to choose, also such as lead an operator astray. So who is meant MUST be asked, with the ids of all
who may be, and nothing done, where a name means two:

1. a last word that looks like an argument (a duration, `all`), and somebody is or was called by all of it, and somebody
   else without it: `Al 7d`, and Al;
2. somebody who is gone, and somebody here whose name looks the same, and was free;
3. several who are gone, and said something under it lately.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from heapq import merge
from typing import TypeVar

from ..addresses import Network
from ..guard.gate import address_group, is_loopback
from ..messages import TEXTS, Message, is_public_id, owner_of
from ..names import NAME_BYTES, name_key, shown_label
from ..people import Seen
from ..refusals import RefusedError
from ..text.skeletons import looks
from ..wires.commands import readings
from ..wires.events import Moderate
from .pages import newest
from .past import Past
from .roster import Resident, Roster
from .sanctions import barred_network, text_of
from .slices import in_slices

RECENT = 500
RECENT_BYTES = 1024 * 1024
"""Bounds of the search for a name in the log: the newest messages, and their bytes together."""

SAYINGS = 10_000
MAX_NAMED = 10
"""Of those who may be meant."""

_NOWHERE: Set[str] = frozenset()

R = TypeVar("R", bound=Resident)


@dataclass(frozen=True, slots=True)
class Target:
    """A person, or all who come from a network. `name` is for operators to read.

    `owner` is empty where it is not known. `origin` is the connection that said what it is meant for, if that is so.
    """

    name: str
    by: str = ""
    owner: str = ""
    origin: str = ""
    network: Network | None = None
    spares_loopback: bool = True
    """Whether nobody on the gateway's own machine is meant by a network: its proxy is there, for all of them."""

    def covers(self, by: str, host: str) -> bool:
        """Whether somebody with this public id and address is meant."""
        if self.network is None:
            return bool(by) and by == self.by
        there = None if is_loopback(host) and self.spares_loopback else barred_network(host)
        return there is not None and there.network_address in self.network


class Sayings:
    """From where what was said here came, of the newest SAYINGS connections that said something. In memory only.

    What was said counts when the log has it: what it had already, and so is not said again, pushes out nobody.
    """

    def __init__(self) -> None:
        self._hosts: OrderedDict[str, str] = OrderedDict()
        self._under_way: OrderedDict[str, str] = OrderedDict()

    def note(self, origin: str, host: str) -> None:
        """A connection says something."""
        if not is_loopback(host):
            _keep(self._under_way, origin, host)

    def forget(self, origin: str) -> None:
        """It does not say it after all."""
        self._under_way.pop(origin, None)

    @property
    def are_under_way(self) -> bool:
        """Whether the log does not have all yet."""
        return bool(self._under_way)

    def logged(self, origin: str) -> None:
        """The log has something that it said."""
        if host := self._under_way.pop(origin, ""):
            _keep(self._hosts, origin, host)

    def host_of(self, origin: str) -> str:
        """From where it came; empty if that is not known."""
        return self._hosts.get(origin, "") or self._under_way.get(origin, "")


class PutOut:
    """From where came who was put out lately, by public id: what is noted is known until `age` was called twice."""

    def __init__(self) -> None:
        self._new: defaultdict[str, set[str]] = defaultdict(set)
        self._old: Mapping[str, Set[str]] = {}

    def note(self, by: str, host: str) -> None:
        """Someone is put out."""
        self._new[by].add(host)

    def age(self) -> None:
        """A while has passed."""
        self._new, self._old = defaultdict(set), self._new

    def hosts_of(self, by: str) -> Set[str]:
        """From where a person came."""
        return self._new.get(by, _NOWHERE) | self._old.get(by, _NOWHERE)


def _keep(hosts: OrderedDict[str, str], origin: str, host: str) -> None:
    hosts[origin] = host
    hosts.move_to_end(origin)
    if len(hosts) > SAYINGS:
        hosts.popitem(last=False)


def visitor_scope(host: str, name: str | None) -> str:
    """Who says something by POST /say, among whom one Idempotency-Key is one: a name, or the guests of an address.

    No name and no address make the same one, nor does a session, which holds no blank.
    """
    return f"say-from {address_group(host)}" if name is None else f"say {name}"


def visitor_owner(host: str, name: str | None) -> str:
    """Who says something by POST /say: all scripts that go by one name are one, and all guests of one address."""
    return owner_of(visitor_scope(host, None if name is None else name_key(name)))


async def whom(past: Past, roster: Roster[R], request: Moderate) -> tuple[list[Target], int]:
    """Who is meant, one or more, and for how many seconds. Raises RefusedError, StoreError."""
    if request.seq:
        return [_target_of(await speaker_of(past, request.seq))], request.seconds
    if by := request.member or id_in(request.target):
        return [await _person(past, roster, by, may_be_unknown=request.act in ("ban", "mute"))], request.seconds
    if (network := barred_network(request.target)) is not None:
        return [Target(text_of(network), network=network)], request.seconds
    meant: list[tuple[list[Target], int]] = []
    alike: list[tuple[str, str]] = []
    are_several = False
    for name, seconds in readings(request):
        targets = called(roster, name)
        if not targets:
            targets = await spoke_as(past, name)
            alike += await alike_here(roster, name, {each.by for each in targets})
            are_several |= len(targets) > 1
        if targets:
            meant.append((targets, seconds))
    if alike or are_several or len({frozenset(each.by for each in targets) for targets, _ in meant}) > 1:
        raise which_of([*((each.name, each.by) for targets, _ in meant for each in targets), *alike])
    if not meant:
        raise RefusedError("no-such-member", request.whole or request.target)
    return meant[0]


async def alike_here(roster: Roster[R], name: str, known: Collection[str]) -> list[tuple[str, str]]:
    """Who is here or elsewhere by a name that looks the same as this one, which nobody here has; but for those."""
    shown = looks(name) if len(name) <= NAME_BYTES else _NOWHERE
    crowd: list[R | Seen] = [*roster.members(), *roster.elsewhere()]
    people = {each.by: each.shown async for each in in_slices(crowd) if each.by not in known}
    return [(there, by) async for by, there in in_slices([*people.items()]) if shown & looks(there)]


def which_of(people: Iterable[tuple[str, str]]) -> RefusedError:
    """Of these, by name and public id, it can't be known who is meant."""
    named = [f"{name} [{by}]" if by else name for name, by in dict.fromkeys(people)]
    return RefusedError("which-one", ", ".join(named[:MAX_NAMED]))


def id_in(typed: str) -> str:
    """The public id that was typed; empty if it is none."""
    return typed[1:-1] if typed.startswith("[") and typed.endswith("]") else ""


def called(roster: Roster[R], name: str) -> list[Target]:
    """Who goes by exactly this name, here or elsewhere."""
    key = key_of(name)
    here = {each.by: _present(each) for each in roster.called(key)}
    there = {
        each.by: Target(each.shown, each.by)
        for each in roster.elsewhere()
        if each.by and key in (key_of(each.name), key_of(each.shown))
    }
    return [*{**there, **here}.values()]


async def speaker_of(past: Past, seq: int) -> Message:
    """The message with this seq, of which it is known who said it. Raises RefusedError, StoreError."""
    known = past.bygone.known(seq)
    there = [known] if known else past.left(await past.read(seq - 1, 1))
    messages = [each for each in there if each.seq == seq and each.kind in TEXTS]
    if not messages:
        raise RefusedError("no-such-message", str(seq))
    if not messages[0].by:
        raise RefusedError("unknown-speaker", str(seq))
    return messages[0]


async def _person(past: Past, roster: Roster[R], by: str, *, may_be_unknown: bool) -> Target:
    for member in roster.of(by):
        return _present(member)
    for person in roster.elsewhere():
        if person.by == by:
            return Target(person.shown, by)
    for message in await _recent(past):
        if message.by == by:
            return _target_of(message)
    if may_be_unknown and is_public_id(by):
        return Target(by, by)
    raise RefusedError("no-such-member", by)


async def spoke_as(past: Past, name: str) -> list[Target]:
    """Who said something under this name, who did last first, as far as that is looked back. Raises StoreError."""
    key, found = key_of(name), dict[str, Target]()
    for message in await _recent(past):
        if message.by and key in (key_of(message.label), key_of(shown_label(message.label, message.by))):
            found.setdefault(message.by, _target_of(message))
    if len(name) <= NAME_BYTES and await past.store.names.recall(owner := visitor_owner("", name)) is not None:
        script = Target(name, past.store.by_of(owner), owner)  # longer ago
        found.setdefault(script.by, script)
    return [*found.values()]


async def _recent(past: Past) -> Iterator[Message]:
    """What was said lately, the newest first, taken back or not: as far as anybody looks."""
    page = await newest(past, past.head + 1, RECENT, RECENT_BYTES, step=50)
    there = reversed(past.left(page.messages))
    return merge(there, past.bygone.newest_first(), key=lambda message: message.seq, reverse=True)


def _present(member: Resident) -> Target:
    return Target(member.shown, member.by, member.owner)


def _target_of(message: Message) -> Target:
    return Target(shown_label(message.label, message.by), message.by, message.owner, message.origin)


def key_of(label: str) -> str:
    """What two names have in common that are the same. What is longer than any name is the same as itself alone."""
    return name_key(label) if len(label) <= NAME_BYTES else label
