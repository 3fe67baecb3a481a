"""The machine's time, which is that of a room that nobody else has open."""

import time


def machine_time() -> int:
    """In ms since 1970."""
    return time.time_ns() // 1_000_000
