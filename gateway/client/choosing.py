"""A message is chosen at the keyboard, of those that were told: to be answered, or taken back."""

from . import told
from .folding import folded
from .recent import Recent
from .screen import GONE, label_of


class Choice:
    """Which one; none, at first."""

    def __init__(self, recent: Recent) -> None:
        self._recent = recent
        self._seq = 0

    @property
    def message(self) -> told.Message | None:
        """The one that is chosen."""
        return self._recent.get(self._seq)

    def up(self) -> None:
        """Choose the one before."""
        self._seq = self._recent.older(self._seq if self.message else 0)

    def down(self) -> None:
        """Choose the one after, or none after the last."""
        self._seq = self._recent.newer(self._seq) if self.message else 0

    def end(self) -> None:
        """Choose none."""
        self._seq = 0


def excerpt(message: told.Message, columns: int) -> str:
    """Who said it and how it begins, in so many columns."""
    text = GONE if message.kind == told.DELETED else message.text
    return folded(f"{label_of(message.label)}: {text}", columns)
