"""The table of settings: of each what those need that read, tell or compare them all alike."""

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from . import Settings, path_of
from .checks import check_password, check_switch


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table. Who is `live` can be changed while the room is open."""

    name: str
    help: str
    check: Callable[[str], Any]
    many: bool
    secret: bool
    switch: bool
    live: bool

    @property
    def flag(self) -> str:
        """`--tcp-port`"""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """`GATEWAY_TCP_PORT`"""
        return "GATEWAY_" + self.name.upper()


TABLE: tuple[Setting, ...] = tuple(
    Setting(
        row.name,
        row.metadata["help"],
        row.metadata["check"],
        many=isinstance(row.default, tuple),
        secret=row.metadata["check"] is check_password,
        switch=row.metadata["check"] is check_switch,
        live=row.metadata["live"],
    )
    for row in fields(Settings)
)


def files_in(settings: Settings, names: Container[str]) -> Iterator[tuple[Setting, Path]]:
    """The settings of these names that are files, and which file each is. Raises SettingError."""
    for row in TABLE:
        if row.name in names and (text := getattr(settings, row.name)):
            yield row, path_of(row.flag, text)
