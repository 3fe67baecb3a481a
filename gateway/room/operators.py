"""Who has given the admin password. A person is an operator on all its connections, and for as long as it is in."""

from collections.abc import Callable

BACK_SECONDS = 60.0
"""In which an operator who has gone is one still: a connection breaks, a page is loaded anew."""


class Operators:
    """The operators on one node, by public id. `is_in` says of an owner whether it is in."""

    def __init__(self, is_in: Callable[[str], bool]) -> None:
        self._is_in = is_in
        self._operators: dict[str, tuple[str, float]] = {}  # owner, and when it was seen here last

    def __contains__(self, by: str) -> bool:
        return by in self._operators

    def add(self, by: str, owner: str, now: float) -> None:
        """Somebody is one."""
        self._operators[by] = (owner, now)

    def look(self, now: float) -> None:
        """See who is here; who was not for BACK_SECONDS is none any more. To be said again and again."""
        for by, (owner, seen_at) in [*self._operators.items()]:
            if self._is_in(owner):
                self._operators[by] = (owner, now)
            elif now - seen_at > BACK_SECONDS:
                del self._operators[by]
