"""What the conductor and the crowds tell each other."""

from collections import Counter
from dataclasses import dataclass, field

from .histogram import Histogram
from .transcript import Faults


@dataclass(frozen=True, slots=True)
class Go:
    """Talk, from this time of the monotonic clock on, in ns."""

    start: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Talk no longer; what was said is heard out."""


@dataclass(frozen=True, slots=True)
class Expect:
    """So much was said, by all processes."""

    spoken: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """So many are in, after so many seconds; when all are, the crowd is ready."""

    members: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Talked:
    """Everybody has spoken, so many messages."""

    spoken: int


@dataclass(slots=True)
class Interval:
    """What one second brought, counted from the start of the talk."""

    second: int
    deliveries: int = 0
    bytes: int = 0
    latencies: Histogram = field(default_factory=Histogram)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end: what is wrong, and how it went."""

    faults: Faults
    digest: bytes
    heard: int  # messages, by anybody
    doubtful: int  # said on connections that broke, on the raw wire, and not heard
    ended: float  # seconds after the start when the last one was heard
    cpu: float  # seconds of this process's own time from the start on
    returns: int
    closings: Counter[str]
    complaints: Counter[str]


@dataclass(frozen=True, slots=True)
class Failed:
    """The run can't be, and why."""

    text: str
