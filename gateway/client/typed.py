"""What a person has typed, kept for the next visit, and how it is completed. Neither /op nor /pass is ever kept."""

import re
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from ..text.accents import plain
from ..text.controls import clean
from ..text.lookalikes import holds_secret
from ..vocabulary import COMMANDS

_NO_WORD = re.compile(r"[^\w\u0300-\u036f]|_")


class NameCompleter(Completer):
    """Commands at the start of a line, but those that do nothing here (`idle`), names anywhere."""

    def __init__(self, names: Iterable[str], idle: Callable[[], Collection[str]]) -> None:
        self._names = names
        self._idle = idle

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Those that go on as the word does."""
        word = document.get_word_before_cursor(WORD=True)
        is_first = document.text_before_cursor.strip() == word
        is_command = word.startswith("/") and is_first
        typed = word.removeprefix("@").removeprefix("＠")
        if typed:
            wanted = plain(typed)
            for each in self._commands(wanted) if is_command else _named(sorted(self._names), wanted):
                yield Completion(each + (": " if is_first and not is_command else " "), -len(typed))

    def _commands(self, wanted: str) -> list[str]:
        idle = self._idle()
        known = [f"/{each.name}" for each in COMMANDS if each.name not in idle]
        return [each for each in known if each.startswith(wanted)]


def _named(names: Iterable[str], wanted: str) -> list[str]:
    """Those that begin so, then those of which a further word does."""
    places = {name: f" {_NO_WORD.sub(' ', plain(name))}".find(f" {wanted}") for name in names}
    return sorted((name for name, place in places.items() if place >= 0), key=lambda name: places[name] > 0)


def history_in(file: Path | None) -> History:
    """What was typed before, in this file if that can be."""
    if file is None:
        return InMemoryHistory()
    history = FileHistory(str(file))
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
        _forget_secrets(history, file)
    except OSError:
        return InMemoryHistory()
    return history


def _forget_secrets(history: FileHistory, file: Path) -> None:
    """Up to 0.1.0 the file kept what was typed as /op and /pass too. Raises OSError."""
    kept = list(history.load_history_strings())  # newest first
    harmless = [text for text in kept if not holds_secret(clean(text))]
    if len(harmless) < len(kept):
        file.write_bytes(b"")
        for text in reversed(harmless):
            history.store_string(text)
