"""Who may ask for something by a request: who gives the room's password, and at the rate of its address.

Nobody types lines here: what is to be done about a shut lock is told by a status, a field and words of HTTP.
"""

from http import HTTPStatus

from ..guard.lock import SECONDS_A_GUESS, Lock
from ..members.house import House
from ..reasons import REASONS
from ..refusals import RefusedError

HTTP_PHRASES = {"password-needed": "http-password"}
"""Of what is said otherwise here."""

LOCKED = {
    "password-needed": "WWW-Authenticate: Bearer",
    "password-wrong": "WWW-Authenticate: Bearer",
    "password-wait": f"Retry-After: {SECONDS_A_GUESS:.0f}",
}
"""What who does not open the lock is answered: the field that belongs to the status."""


def admit(house: House, host: str, authorization: str) -> None:
    """Take a request of what its address may ask for. Raises RefusedError."""
    _check_lock(house, house.lock, host, authorization)
    _take(house, host)


def admit_operator(house: House, host: str, authorization: str) -> None:
    """The same for what operators alone may ask for: their password is enough."""
    lock = house.moderation.lock
    if not lock.is_set:
        raise RefusedError("op-none")
    _check_lock(house, lock, host, authorization, "http-operators")
    _take(house, host)


def _check_lock(house: House, lock: Lock, host: str, authorization: str, needed: str = "") -> None:
    if problem := lock.refuses(host, bearer_of(authorization), house.deadlines.now(), "http"):
        raise RefusedError(problem, phrase=needed if problem == "password-needed" else "")


def _take(house: House, host: str) -> None:
    now = house.deadlines.now()
    allowance = house.meters.visitor(host, now)
    if wait := allowance.wait(now):
        raise RefusedError("too-fast", seconds=wait)
    allowance.take(now)


def status_of(code: str) -> str:
    """By which a request is answered that is refused so, as a status line has it."""
    status = HTTPStatus(REASONS[code].status or HTTPStatus.BAD_REQUEST)
    return f"{status.value} {status.phrase}"


def words_of(house: House, refused: RefusedError) -> str:
    """By what somebody who speaks HTTP is told."""
    return house.phrases(HTTP_PHRASES.get(refused.phrase, refused.phrase), detail=refused.detail)


def bearer_of(authorization: str) -> str | None:
    """The password of an Authorization field (RFC 6750, section 2.1), if there is one."""
    scheme, _, password = authorization.partition(" ")
    return password.strip() if scheme.lower() == "bearer" and password.strip() else None
