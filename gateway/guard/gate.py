"""Who may connect at all: a place for each descriptor that is left, and so many from one address."""

from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_network

from ..addresses import SUBSCRIBER_BITS, Address, address_of, subscriber_bits
from .shared import Shared

RESERVE = 64
"""Descriptors that are not for members: the store, the listeners, a moment's files."""


PROBES = 8
"""Of these so many are for who asks whether we live, though the room is full: else whoever fills it has it killed."""


_HERE = "127.0.0.1"
"""As which crowd our own machine counts, by whatever address of its own."""

WIDE_PREFIX = 48
WIDE_SHARE = 4
"""A subscriber of IPv6 has a /56 or a /48 as often as a /64, and so 65,536 addresses: all of a /48 together may have so
many times what an address may. That is of all that is counted by address: places, guesses, rates, new names.
"""


class NoPlaceError(Exception):
    """There is no place. Its text is the code of the phrase that says why."""


class Gate:
    """Counts connections. `places` in all; `per_address` from one address, see `groups_of`, 0 for no limit.

    `shared`: of an address, those of other workers count too.
    """

    def __init__(self, places: int, per_address: int, shared: Shared | None = None) -> None:
        self._shared = shared
        self._places = places
        self.per_address = per_address
        self._by_address: Counter[str] = Counter()
        self.taken = 0
        self._probes: dict[Place, str] = {}  # of which crowd each is, the oldest first

    def enter(self) -> "Place":
        """A place, from accept on. Raises NoPlaceError."""
        if self.taken >= self._places:
            raise NoPlaceError("full")
        self.taken += 1
        return Place(self)

    def enter_to_ask(self, problem: str, host: str) -> "Place":
        """One for who has none, to ask how we are. There are PROBES: of the crowd that has most the oldest is evicted.

        Half of them our own machine has before others, where the health of a container is asked for.
        """
        place = Place(self, problem)
        self._probes[place] = _HERE if is_loopback(host) else crowd_of(host)
        if len(self._probes) > PROBES:
            share = Counter(self._probes.values())
            share[_HERE] -= PROBES // 2
            evicted = max(self._probes, key=lambda each: share[self._probes[each]])  # the first of the largest
            del self._probes[evicted]
            evicted._evict()
        return place

    def _count(self, host: str) -> "Groups":
        """Count one more of an address; returns as what, empty if it is not counted. Raises NoPlaceError."""
        if is_loopback(host):
            return ()
        groups, most = groups_of(host), self.per_address
        if most and any(self._here_and_elsewhere(group) >= most * share for group, share in groups):
            raise NoPlaceError("full-address")
        for group, _ in groups:
            self._by_address[group] += 1
            if self._shared is not None:
                self._shared.add(group, 1)
        return groups

    def _here_and_elsewhere(self, group: str) -> int:
        return self._by_address[group] + (0 if self._shared is None else self._shared.others(group))

    def _leave(self, place: "Place", groups: "Groups") -> None:
        if place.problem:
            self._probes.pop(place, None)  # it may have been evicted
            return
        self.taken -= 1
        for group, _ in groups:
            if self._shared is not None:
                self._shared.add(group, -1)
            self._by_address[group] -= 1
            if not self._by_address[group]:
                del self._by_address[group]


class Place:
    """One connection's, handed on with it. It is left once, however often that is said."""

    __slots__ = ("_evict", "_gate", "_groups", "problem")

    _groups: "Groups | None"
    """As what it is counted: empty if it is not, None while it is nobody's."""

    def __init__(self, gate: Gate, problem: str = "") -> None:
        self._gate: Gate | None = gate
        self._groups = None
        self.problem = problem
        """Why it is a place to ask how we are, and for nothing else; empty if it is one of the room's."""
        self._evict: Callable[[], object] = bool

    @property
    def is_somebodys(self) -> bool:
        """Whether it belongs to an address."""
        return self._groups is not None

    def belong_to(self, host: str) -> None:
        """Whose it is; a proxy's connection belongs to who is behind it. Raises NoPlaceError."""
        if self._gate is not None:
            assert self._groups is None, "it is somebody's already, and would be counted for both"
            self._groups = () if self.problem else self._gate._count(host)

    def make_way_by(self, evict: Callable[[], object]) -> None:
        """What whose it is does where it is wanted for another one; of the room's none is, and it holds nothing."""
        if self.problem:
            self._evict = evict

    def leave(self) -> None:
        """Give it back."""
        gate, self._gate = self._gate, None
        self._evict = bool
        if gate is not None:
            gate._leave(self, self._groups or ())


@lru_cache(4096)
def address_group(host: str) -> str:
    """What counts as one address: all of it that one subscriber has at the least."""
    return _network(host, subscriber_bits)


@lru_cache(4096)
def crowd_of(host: str) -> str:
    """All that one subscriber may have: an IPv4 address, or an IPv6 /48; of a link, all of it."""
    return _network(host, _crowd_bits)


Groups = tuple[tuple[str, int], ...]


@lru_cache(4096)
def groups_of(host: str) -> Groups:
    """As what somebody is counted, and how many times an address's share each of these has."""
    group, crowd = address_group(host), crowd_of(host)
    return ((group, 1),) if group == crowd else ((group, 1), (crowd, WIDE_SHARE))


def _crowd_bits(address: Address) -> int:
    if address.version == 4:
        return address.max_prefixlen
    return SUBSCRIBER_BITS if address.is_link_local else WIDE_PREFIX


def _network(host: str, bits_of: Callable[[Address], int]) -> str:
    address = address_of(host)
    if address is None:
        return host
    bits = bits_of(address)
    return str(address) if bits == address.max_prefixlen else str(ip_network((address, bits), strict=False))


@lru_cache(4096)
def is_loopback(host: str) -> bool:
    """Whether this is our own machine."""
    address = address_of(host)
    return address is not None and address.is_loopback


def lane_of(host: str, connection: str) -> str:
    """Who takes turns with others: a crowd; on our own machine each connection, as behind a proxy without a name."""
    return connection if is_loopback(host) else crowd_of(host)
