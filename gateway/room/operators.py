"""Who has given the admin password. A person is an operator on all its connections, and for as long as it is in.

1. Whoever got it by a password that is the operators' no more, or was sent away, MUST be none from then on, on any
   connection and after it has come back: else nothing takes it from who has found the password out.
"""

from collections.abc import Callable, Sequence

from ..refusals import RefusedError

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

    def check(self, by: str) -> None:
        """Whether somebody is one. Raises RefusedError."""
        if by not in self:
            raise RefusedError("op-needed")

    def end(self, by: str) -> None:
        """Somebody is none any more."""
        self._operators.pop(by, None)

    def end_where(self, is_meant: Callable[[str], bool]) -> Sequence[str]:
        """Those of whose public id that is said are none any more. Their owners."""
        ended = {by: owner for by, (owner, _) in self._operators.items() if is_meant(by)}
        for by in ended:
            self.end(by)
        return [*ended.values()]

    def look(self, now: float) -> None:
        """See who is here; who was not for BACK_SECONDS is none any more. To be said again and again."""
        for by, (owner, seen_at) in [*self._operators.items()]:
            if self._is_in(owner):
                self._operators[by] = (owner, now)
            elif now - seen_at > BACK_SECONDS:
                del self._operators[by]
