"""Who is here, as far as it was told, and who has spoken: whom Tab completes."""

from collections.abc import Iterator

from . import told
from .screen import label_of

KNOWN_NAMES = 1000


class People:
    """Names; those heard of last at the end."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._names))

    def hear(self, event: told.Told) -> None:
        """Learn from what was told."""
        match event:
            case told.Message():
                self._know(event.label)
            case told.Who():
                for person in event.names:
                    self._know(person.name)
            case told.Presence():
                for person in event.left:
                    self._names.pop(label_of(person.name), None)
                for person in event.joined:
                    self._know(person.name)

    def _know(self, name: str) -> None:
        if label := label_of(name):
            self._names.pop(label, None)
            self._names[label] = None
        if len(self._names) > KNOWN_NAMES:
            del self._names[next(iter(self._names))]
