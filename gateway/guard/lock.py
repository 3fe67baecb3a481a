"""A password, the room's or the operators', and how often one address may guess it."""

import hmac
from hashlib import sha256
from unicodedata import category, normalize

from ..refusals import Refusals
from .buckets import Buckets
from .shared import Shared

GUESSES = 5
"""Wrong ones of an address at once; then one every SECONDS_A_GUESS."""

SECONDS_A_GUESS = 10.0


MAX_PREPARED = 1000
"""Characters of a text that is prepared for comparing; nobody can type more. NFC takes the square of many marks."""


class Lock:
    """A password, or none. It keeps the digest only, and compares in constant time.

    `about` is what it locks, for the log. Guesses may be `shared` among workers.

    1. An address that has guessed too often MUST be told so whether its guess is right or not: else waiting is free.
    2. Every guess that does not open it MUST be told to `refusals`, and here alone: whatever door it came by, it is the
       same line.
    """

    def __init__(self, password: str, about: str, refusals: Refusals, shared: Shared | None = None) -> None:
        self._digest = b""
        self.change(password)
        self._about = about
        self._refusals = refusals
        self._guesses = Buckets(1 / SECONDS_A_GUESS, GUESSES, shared, about)

    def change(self, password: str) -> bool:
        """Have this password, or none; whether that is another one. Who has guessed too often has done so still."""
        before, self._digest = self._digest, _digest(password) if password else b""
        return before != self._digest

    @property
    def is_set(self) -> bool:
        """Whether there is a password."""
        return bool(self._digest)

    def refuses(self, host: str, password: str | None, now: float, door: str) -> str | None:
        """None if this opens it; else the code of the phrase that says why not. Any text may be a guess.

        `door` is by what it came, for the log.
        """
        if not self.is_set:
            return None
        if password is None:
            return "password-needed"
        problem = self._judge(host, password, now)
        if problem:
            self._refusals.tell_guess(host, problem, self._about, door)
        return problem

    def _judge(self, host: str, password: str, now: float) -> str | None:
        if self._guesses.wait(host, now):
            return "password-wait"
        if hmac.compare_digest(_digest(password), self._digest):
            return None
        self._guesses.take(host, now)
        return "password-wrong"


def _digest(password: str) -> bytes:
    # JSON can hold lone surrogates, which are no text that anybody could encode: as a guess they are only wrong.
    return sha256(_prepared(password).encode(errors="surrogatepass")).digest()


def _prepared(password: str) -> str:
    """RFC 8265, section 4.2.2: the same password, however an input method spaces and composes it."""
    if password.isascii() or len(password) > MAX_PREPARED:
        return password
    return normalize("NFC", "".join(" " if category(each) == "Zs" else each for each in password))
