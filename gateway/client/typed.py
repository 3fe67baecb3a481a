"""What a person has typed, kept for the next visit, and how it is completed. Neither /op nor /pass is ever kept."""

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from unicodedata import normalize

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from ..text.controls import clean
from ..text.lookalikes import holds_secret
from ..vocabulary import COMMANDS


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
        known = self._commands() if is_command else sorted(self._names)
        typed = word.removeprefix("@").removeprefix("＠")
        if typed:
            wanted = _folded(typed)
            for each in known:
                if _folded(each).startswith(wanted):
                    yield Completion(each + (": " if is_first and not is_command else " "), -len(typed))

    def _commands(self) -> list[str]:
        idle = self._idle()
        return [f"/{each.name}" for each in COMMANDS if each.name not in idle]


def _folded(text: str) -> str:
    """As names are compared."""
    return normalize("NFKC", text).casefold()


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
