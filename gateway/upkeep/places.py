"""Where the control socket of a gateway is: beside a store that is a file, else in the state folder.

Of several workers each has its own, too, with its number: there their parent asks it, which has that of the gateway.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..config import Settings, path_of, state_folder

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
    if kind == "sqlite":
        path = path_of("--store", place)
        return path.with_name(path.name + ".sock")
    room = place.rpartition("/")[2]
    return state_folder("the control socket") / (f"nats-{room}.sock" if room else f"{kind}.sock")


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
    """What --store says, without a password."""
    scheme, slashes, place = store.partition("://")
    return f"{scheme}://{place.rpartition('@')[2]}" if slashes else store
