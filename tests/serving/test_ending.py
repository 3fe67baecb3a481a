"""When something ends that is to be renewed before."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.serving.ending import told_end


@pytest.mark.parametrize(
    ("days", "expected"),
    [(-1, "UTC, which has passed: renew it"), (13, "UTC, in 13 days: renew it"), (14, "UTC, in 14 days")],
)
def test_what_ends_soon_is_to_be_renewed(days: int, expected: str) -> None:
    ends = datetime.now(UTC) + timedelta(days=days, hours=1)
    assert told_end("it", ends) == f"it: it ends on {ends:%Y-%m-%d %H:%M} {expected}"
