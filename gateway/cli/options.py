"""What an option's value may be, and how a mistake in one is told: as `serve` tells that of a setting."""

from pathlib import Path
from typing import Any

import click


class Whole(click.IntRange):
    """A whole number."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """It. Raises BadParameter."""
        try:
            return int(super().convert(value, param, ctx))
        except click.BadParameter:
            raise click.BadParameter(f"{value!r} must be a whole number {_range(self)}", ctx, param) from None


class Number(click.FloatRange):
    """The same, of any number."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """It. Raises BadParameter."""
        try:
            return float(super().convert(value, param, ctx))
        except click.BadParameter:
            raise click.BadParameter(f"{value!r} must be a number {_range(self)}", ctx, param) from None


PASSWORD_FILE = click.option(
    "--password-file", type=click.Path(path_type=Path, dir_okay=False), envvar="GATEWAY_PASSWORD_FILE",
    show_envvar=True, help="Its first line is the password.",
)  # fmt: skip
"""Of who connects to a room."""


def _range(kind: click.IntRange | click.FloatRange) -> str:
    return f"from {kind.min:g} on" if kind.max is None else f"from {kind.min:g} to {kind.max:g}"


def mistake(error: click.ClickException) -> str:
    """What is wrong with what was typed, in one line that begins with its option."""
    if isinstance(error, click.BadParameter) and isinstance(error.param, click.Option) and error.message:
        return f"{error.param.opts[0]}: {error.message}"
    return error.format_message()
