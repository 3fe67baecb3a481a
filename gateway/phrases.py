"""What the server says, in one language of both, filled in."""

import os
from collections.abc import Iterable, Mapping
from typing import Literal

from wcwidth import wcswidth

from .reasons import REASONS
from .vocabulary import Both, Command
from .wording import PHRASES, PLAIN_NOTICES

Language = Literal["zh", "en"]
_LANGUAGES: tuple[Language, ...] = ("zh", "en")

_ALSO = (",也可用 /", "; also /")
_USAGE = ("{}({})", "{} ({})")
_TYPED_COLUMNS = 24


class Phrases:
    """The phrases in one language. `max_text` (bytes) is a setting that one of them names."""

    def __init__(self, language: Language, max_text: int = 65536) -> None:
        self.language = language
        self._index = index = _LANGUAGES.index(language)
        self._texts: Mapping[str, str] = {code: both[index] for code, both in PHRASES.items()}
        self._max_text = max_text

    def __call__(self, code: str, **values: object) -> str:
        """The phrase with this code, filled in. Raises KeyError: every code is in the table."""
        return self._texts[code].format(max_text=self._max_text, **values)

    def refusals(self) -> dict[str, str]:
        """What errors and plain notices that a page hears say, by code; `{detail}` stands where they tell theirs."""
        errors = (code for code, why in REASONS.items() if why.is_of_pages)
        return {code: self(code, detail="{detail}") for code in (*errors, *PLAIN_NOTICES)}

    def of(self, both: Both) -> str:
        """The one of both that is in this language."""
        return both[self._index]

    def listing(self, commands: Iterable[Command]) -> str:
        """Commands, a line each: how they are typed, and what for."""
        return "\n".join(map(self._described, commands))

    def usage(self, command: Command) -> str:
        """How one command is typed, and what for; and what more there is to it."""
        typed, what = self._parts(command)
        told = self("usage", detail=_USAGE[self._index].format(typed, what))
        return f"{told}\n{self.of(command.more)}".rstrip()

    def _described(self, command: Command) -> str:
        typed, what = self._parts(command)
        return typed + " " * (_TYPED_COLUMNS - wcswidth(typed)) + what

    def _parts(self, command: Command) -> tuple[str, str]:
        typed = f"/{command.name} {command.arguments[self._index]}".rstrip()
        others = "".join(f"{_ALSO[self._index]}{alias}" for alias in command.aliases)
        return typed, command.help[self._index] + others


def other_than(language: Language) -> Language:
    """The language that it is not."""
    return "en" if language == "zh" else "zh"


def language_of_environment() -> Language:
    """`zh` if the user's locale is Chinese, else `en`; by the order of POSIX: LC_ALL, LC_MESSAGES, LANG."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(variable):
            return "zh" if value.startswith("zh") else "en"
    return "en"
