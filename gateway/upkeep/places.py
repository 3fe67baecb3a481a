"""Where the control socket of a gateway is: beside a store that is a file, else in the state folder.

Of several workers each has its own, too, with its number: there their parent asks it, which has that of the gateway.

1. Two stores may have a socket of one name. So who asks MUST say which one it means, by `identity`.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

from ..config import Settings, path_of, state_folder
from ..config.checks import STORES, blotted, userinfo

EMBEDDED = "--embedded-nats"

MAX_PATH = 100
"""Bytes of a socket's path: Linux takes 107, the BSDs 103."""


def control_path(settings: Settings, worker: str = "") -> Path:
    """Of the gateway with these settings, or one of its workers. Raises SettingError where there is no state folder."""
    base = _base(settings)
    return base.with_name(f"{base.stem}.{worker}.sock") if worker else base


def _base(settings: Settings) -> Path:
    kind, _, place = settings.store.partition(":")
    if settings.embedded_nats:
        kind, place = "nats", "room"
    if (name := STORES[kind].socket) is None:
        path = path_of("--store", place)
        return path.with_name(path.name + ".sock")
    return state_folder("the control socket") / f"{name.format(room=place.rpartition('/')[2])}.sock"


def identity(settings: Settings) -> str:
    """Which store it is, as far as the place of its socket does not tell.

    So of a file nothing but its kind: it may have many paths. On a server it is also who we are there, who may be shown
    other rooms; but not by which password, which may have been changed since. A digest: that may be a token.
    """
    if settings.embedded_nats:
        return _digest(EMBEDDED)
    name, _, place = settings.store.partition(":")
    kind = STORES[name]
    if kind.socket is None:
        return _digest(name)
    _, at, where = place.removeprefix("//").rpartition("@")
    return _digest(name, userinfo(settings.store)[0] + at + where, _told_by(settings))


def _told_by(settings: Settings) -> str:
    """The file that says who we are on its server; empty if there is none."""
    kind = STORES[settings.store.partition(":")[0]]
    file = settings.nats_creds if kind.is_shared else ""
    return file and os.path.abspath(path_of("--nats-creds", file))


def _digest(*parts: str) -> str:
    return blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


@contextmanager
def reachable(path: Path) -> Iterator[str]:
    """The path as a socket's address, also if it is too long for one."""
    if len(os.fsencode(path)) <= MAX_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def answers(path: Path) -> bool:
    """Whether somebody listens there."""
    with socket.socket(socket.AF_UNIX) as probe, reachable(path) as address:
        try:
            probe.connect(address)
        except OSError:
            return False
        return True


def shown(store: str) -> str:
    """What --store says, without a password or who has it."""
    return blotted(store).replace("://…@", "://")


def shown_of(settings: Settings) -> str:
    """What says which store it is: --store, or the flag that stands for one; that it says who we are, and not who."""
    if settings.embedded_nats:
        return EMBEDDED
    there = blotted(settings.store)
    return f"{there} with --nats-creds" if _told_by(settings) else there
