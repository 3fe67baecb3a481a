"""Where the values of settings come from: flags, the environment, a file. What is wrong is told by where it stands."""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from . import SettingError, Settings, reading, state_folder
from .checks import blotted, check_store, userinfo
from .files import text_of
from .table import TABLE, Setting

_OTHERS = {"GATEWAY_CONFIG", "GATEWAY_ADDRESS", "GATEWAY_NAME", "GATEWAY_PASSWORD", "GATEWAY_PASSWORD_FILE"}
"""Of the commands: of `gateway chat` too, which may run in the same environment."""

_OF_A_LINK = re.compile(r"_SERVICE_(HOST|PORT)|_PORT_[0-9]+_(TCP|UDP|SCTP)")


def settings_from(flags: Mapping[str, Any], environment: Mapping[str, str], file: Path | None) -> Settings:
    """Flags win over the environment, that over the file. A flag that was not given is absent, None or empty.

    So is a variable that is empty, but a password's.

    Raises SettingError, which names the flag, variable or key.
    """
    values: dict[str, Any] = {
        row.name: _checked(row, source, value) for row, source, value in _given(flags, environment, file)
    }
    settings = Settings(**values)
    _check_store(settings, is_given="store" in values)
    return settings


def faults_in(flags: Mapping[str, Any], environment: Mapping[str, str], file: Path | None) -> Iterator[SettingError]:
    """All that is wrong with them, and not the first alone."""
    count = 0
    try:
        for row, source, value in _given(flags, environment, file):
            try:
                _checked(row, source, value)
            except SettingError as error:
                count += 1
                yield error
        if not count:
            settings_from(flags, environment, file)
    except SettingError as error:
        yield error


def _given(
    flags: Mapping[str, Any], environment: Mapping[str, str], file: Path | None
) -> Iterator[tuple[Setting, str, object]]:
    """What is set, where, and to what. Raises SettingError: the file can't be read."""
    in_file = _read(file) if file else {}
    for row in TABLE:
        if flags.get(row.name) not in (None, ()):
            yield row, row.flag, flags[row.name]
        elif row.variable in environment and not _says_nothing(row, environment[row.variable]):
            raw = environment[row.variable]
            yield row, row.variable, raw.split(",") if row.many else raw
        elif row.name in in_file:
            key, value = in_file[row.name]
            yield row, f"{file}: {key}", value


def _check_store(settings: Settings, *, is_given: bool) -> None:
    """Whether it goes with the other settings, which a row's own check can't know."""
    if not settings.store and not settings.embedded_nats:
        state_folder("--store")
    if settings.workers > 1 and not settings.is_shared:
        raise SettingError("--workers: they need a room that they can share: --embedded-nats, or --store nats://…")
    if settings.nats_password_file and "://" in settings.store and not settings.embedded_nats:
        user, password = userinfo(settings.store)
        if not user or password is not None or settings.nats_creds:
            raise SettingError(
                "--nats-password-file: it goes with USER@ in --store, and not with another way to say it"
            )
    if settings.embedded_nats and is_given:
        raise SettingError("--embedded-nats brings its own store: leave --store away")


def _says_nothing(row: Setting, value: str) -> bool:
    """Whether a variable is as good as not set: empty, as compose files write `${PORT:-}`, or not meant for us.

    A password that turned out empty MUST NOT open the room.
    """
    return (not value and not row.name.endswith(("password", "password_file"))) or _is_link(row.variable, value)


def passed_over(environment: Mapping[str, str]) -> Iterator[str]:
    """What to tell of variables that look like settings and are none: a misspelt one must not go unnoticed."""
    known = {row.variable for row in TABLE} | _OTHERS
    for variable, value in sorted(environment.items()):
        if not variable.startswith("GATEWAY_"):
            continue
        if variable in known:
            if _is_link(variable, value):
                yield f"{variable} is a link of Kubernetes to a service, and no setting: {value[:100]!r} is ignored"
        elif not (_is_link(variable, value) or _OF_A_LINK.search(variable)):
            close = difflib.get_close_matches(variable, known, 1)
            hint = f"did you mean {close[0]}?" if close else "see gateway serve --help"
            yield f"{variable} is no setting; {hint}"


def _is_link(variable: str, value: str) -> bool:
    """Whether Kubernetes has set it, for a service that happens to be called `gateway` or `gateway-tcp`."""
    return "_PORT" in variable and re.match(r"(tcp|udp|sctp)://", value) is not None


def _checked(row: Setting, source: str, value: object) -> object:
    """The value as it is used."""
    if not row.many:
        return _checked_one(row, source, value)
    return tuple(_checked_one(row, source, each) for each in (value if isinstance(value, list | tuple) else [value]))


def _checked_one(row: Setting, source: str, value: object) -> object:
    """A value that is no list, or one of a list's. A password is not shown in the error, nor one in a URL."""
    try:
        is_none = isinstance(value, list | dict) or (isinstance(value, bool) and not row.switch)
        return row.check("" if is_none else _text(value))  # no setting may be empty, and some any other text
    except ValueError as error:
        is_url = row.check is check_store or "://" in str(value)
        shown = "" if row.secret else f"{(blotted(str(value)) if is_url else str(value))[:100]!r} "
        raise SettingError(f"{source}: {shown}{error}") from error


def _text(value: object) -> str:
    text = str(value)
    if re.search("[\ud800-\udfff]", text):  # so Python keeps bytes that are no text in this locale
        raise ValueError("is no text in this locale's encoding")
    return text


def _read(file: Path) -> dict[str, tuple[str, object]]:
    """By the settings' names: the key as it stands there, and its value."""
    with reading(file):
        text = text_of(file)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{file}: no valid TOML: {error}") from error
    known = {row.name.replace("_", "-"): row.name for row in TABLE}
    settings = {}
    for key, value in content.items():
        name = known.get(key.replace("_", "-"))
        if name is None:
            raise SettingError(f"{file}: {key!r} is no setting; see gateway serve --help")
        settings[name] = key, value
    return settings
