"""Bans and mutes as the store keeps them, and for looking up: of whom, until when, by whom.

Each is a note on a subject:

- `session:OWNER` or, where the owner is not known, `person:BY`: a person, whatever it is called;
- `address:…`: an IPv4 address, an IPv6 /64, or a network;
- `address:…%BY`: a person's place, an address that is barred with it, so that nobody's note replaces another's;
- each of these behind `mute:`;
- `slow`: one message a person in so many seconds.

Loopback is no subject: all local and proxied members share it.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from math import inf
from typing import Annotated, Literal, TypeVar

import msgspec

from ..addresses import Network, network_of, subscriber_bits, without_zone
from ..decoding import BadJsonError, Decoder
from ..guard.gate import is_loopback
from ..names import defused
from ..stores import Bookkeeping
from ..stores.records import At, Id, Label

K = TypeVar("K")
Kind = Literal["ban", "mute"]

SLOW = "slow"
MAX_SLOW = 3600
MAX_NETWORK = 128

_MUTE = "mute:"
_PERSON = re.compile(r"(mute:)?(session|person):(.{1,64})")
_ADDRESS = re.compile(r"(?:mute:)?address:([0-9A-Za-z:.%_/-]{1,64})")
_PLACE = "%"
_STARTS: Mapping[Kind, tuple[str, ...]] = {"mute": (_MUTE,), "ban": ("session:", "person:", "address:")}


class Note(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why somebody is under a sanction: `name` as operators know it, `operator` who did it, `until` in ms since 1970.

    `until` 0 is for ever. `member` is the person's public id, also where the subject is only its address; it is empty
    for what was done to an address, and in notes of before. `seconds` are those of slow mode.
    """

    name: Label
    operator: Label = msgspec.field(name="by")
    until: At
    member: Id = ""
    seconds: Annotated[int, msgspec.Meta(ge=0, le=MAX_SLOW)] = 0

    def holds(self, now: int) -> bool:
        """Whether it is in force at that time."""
        return not self.until or self.until > now


_decode = Decoder[Note](Note)
_encode = msgspec.json.Encoder().encode


def time_of(at: int) -> str:
    """A time in ms since 1970, as people read it."""
    return shown_time(datetime.fromtimestamp(at / 1000, UTC))


def shown_time(when: datetime) -> str:
    """A time, which is UTC, as people read it."""
    return when.strftime("%Y-%m-%d %H:%M UTC")


def encode_note(note: Note) -> str:
    """As the store keeps it."""
    return _encode(note).decode()


async def stored_notes(store: Bookkeeping) -> dict[str, Note]:
    """What a store has, by subject. Raises StoreError."""
    notes: dict[str, Note] = {}
    for subject, text in (await store.bans.all()).items():
        try:
            note = _decode(text)
        except BadJsonError as error:
            store.skipped(f"the ban of {subject}", error)
        else:
            notes[subject] = Note(defused(note.name), defused(note.operator), note.until, note.member, note.seconds)
    return notes


# --- subjects -----------------------------------------------------------------------------------------------------


def barred_network(text: str) -> Network | None:
    """What is barred with an address, or a network in CIDR form, if this is one: all of a subscriber at least."""
    if len(text) > MAX_NETWORK or " " in text:  # none that is longer is kept in the cache; and no zone has a blank
        return None
    return _barred_network(text)


@lru_cache(4096)
def _barred_network(text: str) -> Network | None:
    try:
        network = network_of(without_zone(text))
    except ValueError:
        return None
    bits = subscriber_bits(network.network_address)
    return network.supernet(new_prefix=bits) if network.prefixlen > bits else network


def is_loopback_network(network: Network) -> bool:
    """Whether it is our own machine alone."""
    return network.is_loopback or network == barred_network("::1")


def networks_of(hosts: Iterable[str], spared: str) -> list[Network]:
    """What is barred with a person who comes from there: not our own machine, nor where the operator is."""
    found = {network for host in hosts if (network := barred_network(host)) is not None}
    return sorted((each for each in found - {barred_network(spared)} if not is_loopback_network(each)), key=str)


def text_of(network: Network) -> str:
    """A network as it is shown and stored: one IPv4 address is itself."""
    is_one = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if is_one else str(network)


def person_subject(kind: Kind, by: str, owner: str) -> str:
    """The subject that a person is; by its owner if that is known, which gateways of before understand too."""
    return _subject(kind, f"session:{owner}" if owner else f"person:{by}")


def network_subject(kind: Kind, network: Network) -> str:
    """The subject that an address or a network is."""
    return _subject(kind, f"address:{text_of(network)}")


def place_subject(kind: Kind, network: Network, by: str) -> str:
    """The subject that a place of a person is. Gateways of before take `%BY` for a zone, and bar the address."""
    return _subject(kind, f"address:{network.network_address}{_PLACE}{by}")


def address_of(subject: str) -> str:
    """The address or network that is a subject, or a person's place; empty if it is a person."""
    found = _ADDRESS.fullmatch(subject)
    if found is None:
        return ""
    network = barred_network(found[1])
    return found[1] if network is None else text_of(network)


def _subject(kind: Kind, what: str) -> str:
    return what if kind == "ban" else _MUTE + what


# --- looking up ---------------------------------------------------------------------------------------------------


class Sanctions:
    """Who is under one kind of sanction. A lookup takes the same time however many there are."""

    def __init__(self) -> None:
        self._people: dict[str, Note] = {}
        self._networks: dict[tuple[int, int], dict[int, Note]] = {}  # by version and bits in front, then these bits

    def __bool__(self) -> bool:
        return bool(self._people or self._networks)

    def add_person(self, by: str, note: Note) -> None:
        """A person is under one."""
        _keep_longer(self._people, by, note)

    def add_network(self, network: Network, note: Note) -> None:
        """All who come from a network are."""
        _keep_longer(self._networks.setdefault((network.version, network.prefixlen), {}), _front(network), note)

    def of_person(self, by: str, now: int) -> Note | None:
        """What a person is under, if it is."""
        note = self._people.get(by)
        return note if note is not None and note.holds(now) else None

    def of_host(self, host: str, now: int) -> Note | None:
        """What those who come from there are under, the longest of it."""
        if not self._networks or is_loopback(host):
            return None
        network = barred_network(host)
        if network is None:
            return None
        longest = None
        for (version, bits), notes in self._networks.items():
            if version == network.version and bits <= network.prefixlen:
                longest = longer(longest, notes.get(_front(network) >> (network.prefixlen - bits)))
        return longest if longest is not None and longest.holds(now) else None


def _front(network: Network) -> int:
    return int(network.network_address) >> (network.max_prefixlen - network.prefixlen)


def _keep_longer(notes: dict[K, Note], key: K, note: Note) -> None:
    notes[key] = longer(notes.get(key), note) or note


def longer(one: Note | None, other: Note | None) -> Note | None:
    """What holds longer of two, as far as there are."""
    return max((each for each in (one, other) if each), key=lambda note: note.until or inf, default=None)


class Rules:
    """All that operators have ordered. It does not change: what is ordered anew makes new ones."""

    def __init__(self, notes: Mapping[str, Note], by_of: Callable[[str], str]) -> None:
        self.notes = dict(notes)
        self.bans = Sanctions()
        self.mutes = Sanctions()
        known = sorted((subject, note.until, note.seconds) for subject, note in self.notes.items())
        self.digest = blake2b(_encode(known), digest_size=8).hexdigest()
        """What all nodes have in common that know the same."""
        self._by_of = by_of
        self._of_people: defaultdict[str, list[str]] = defaultdict(list)
        self.slow = self.notes[SLOW].seconds if SLOW in self.notes else 0
        for subject, note in self.notes.items():
            self._add(subject, note)
        self.is_muting = bool(self.mutes)
        """Whether anybody is muted: asked for each message, and nearly always not so."""

    def _add(self, subject: str, note: Note) -> None:
        sanctions = self.mutes if subject.startswith(_MUTE) else self.bans
        for by in {note.member, self._person(subject)} - {""}:
            self._of_people[by].append(subject)
        if (network := barred_network(address_of(subject))) is not None:
            sanctions.add_network(network, note)
        elif by := self._person(subject):
            sanctions.add_person(by, note)

    def _person(self, subject: str) -> str:
        """The public id of a subject that is a person."""
        found = _PERSON.fullmatch(subject)
        if found is None:
            return ""
        return self._by_of(found[3]) if found[2] == "session" else found[3]

    def about(self, kind: Kind, by: str) -> dict[str, Note]:
        """What of this kind a person is under, with its addresses."""
        subjects = self._of_people.get(by, ())
        return {each: self.notes[each] for each in subjects if each.startswith(_STARTS[kind])}

    def upon(self, kind: Kind, network: Network) -> dict[str, Note]:
        """What of this kind an address or a network is under itself, whoever's place it is."""
        return {each: note for each, note in self.of(kind).items() if barred_network(address_of(each)) == network}

    def places(self, kind: Kind, by: str, hosts: Iterable[str], spared: str) -> set[str]:
        """The subjects that a person's places are: from where it comes, and what is barred with it already."""
        new = {place_subject(kind, network, by) for network in networks_of(hosts, spared)}
        return new | {each for each in self.about(kind, by) if networks_of([address_of(each)], spared)}

    def moved(self, kind: Kind, network: Network) -> dict[str, Note]:
        """A person's note upon the network itself, where it was before, as what it is upon a place."""
        note = self.notes.get(network_subject(kind, network))
        return {place_subject(kind, network, note.member): note} if note is not None and note.member else {}

    def of(self, kind: Kind) -> dict[str, Note]:
        """The subjects of this kind, with their notes."""
        return {subject: note for subject, note in self.notes.items() if subject.startswith(_STARTS[kind])}

    def run_out(self, now: int) -> list[str]:
        """The subjects of what is over."""
        return [subject for subject, note in self.notes.items() if not note.holds(now)]
