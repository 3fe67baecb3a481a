"""What another reading of the settings changes: at once, or by a restart. What is secret is told of and not shown."""

from collections.abc import Iterator
from dataclasses import replace

from . import Settings
from .table import TABLE, Setting

MAX_SHOWN = 100


def taken_over(old: Settings, new: Settings) -> Settings:
    """The old ones with what can be changed while the room is open. Both have their passwords read."""
    return replace(old, **{row.name: getattr(new, row.name) for row in _changed(old, new) if _is_live(row, old, new)})


def told(old: Settings, new: Settings) -> list[str]:
    """A line for each that is another one."""
    return [
        _told(row, getattr(old, row.name), getattr(new, row.name))
        if _is_live(row, old, new)
        else f"{row.flag} is another one: that needs a restart"
        for row in _changed(old, new)
    ]


def _changed(old: Settings, new: Settings) -> Iterator[Setting]:
    return (row for row in TABLE if getattr(old, row.name) != getattr(new, row.name))


def _is_live(row: Setting, old: Settings, new: Settings) -> bool:
    """A listener speaks TLS or does not, for as long as it lives."""
    if row.name in ("tls_cert", "tls_key") and bool(old.tls_cert) != bool(new.tls_cert):
        return False
    return row.live


def _told(row: Setting, old: object, new: object) -> str:
    if not row.secret:
        return f"{row.flag} is {_shown(new)} now, it was {_shown(old)}"
    what = "another one now" if old and new else "there now" if new else "gone: there is none any more"
    if row.name == "admin_password":
        return f"{row.flag} is {what}{'; who was an operator is none any more' if old else ''}"
    return f"{row.flag} is {what}{'; who is in stays in' if new else ''}"


def _shown(value: object) -> str:
    text = ", ".join(value) if isinstance(value, tuple) else f"{value:g}" if isinstance(value, float) else str(value)
    return f"{text[:MAX_SHOWN]}{'…' * (len(text) > MAX_SHOWN)}" or "none"
