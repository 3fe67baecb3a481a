"""When something ends that is to be renewed before: a certificate, credentials."""

from datetime import UTC, datetime, timedelta

SOON = timedelta(days=14)


def left_until(ends: datetime) -> timedelta:
    """How long it lasts, by the wall's clock."""
    return ends - datetime.now(UTC)


def told_end(what: str, ends: datetime) -> str:
    """When that is, in a line; and that it is to be renewed, if it is."""
    left = left_until(ends)
    text = f"{what}: it ends on {ends:%Y-%m-%d %H:%M} UTC"
    if left < timedelta():
        return f"{text}, which has passed: renew it"
    return f"{text}, in {left.days} days{': renew it' * (left < SOON)}"
