"""The table of settings: of each what those need that read, tell or compare them all alike."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from . import Settings
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
