"""What the gateway tells of itself, for Prometheus. Counting is cheap: by turns and appends, never by delivery."""

from collections.abc import Callable, Collection, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from platform import python_version
from types import MappingProxyType
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .refusals import Refusals
from .wires.closing import Closing

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


ACTS = ("kick", "ban", "unban", "mute", "unmute", "slow", "delete", "purge")
"""Of operators."""


class State(NamedTuple):
    """How things are now: `members` by wire; `lag` in messages, of the member that is most behind.

    `nats` is None in a room that is not there, `certificate_end` and `credentials_end` (seconds since 1970) where there
    is none. `in_force` are bans and mutes, by kind.
    """

    members: dict[str, int]
    stalled: int
    lag: int
    inbox_bytes: int
    store_failing: bool
    bad_records: int = 0
    oldest: int = 1
    newest: int = 0
    store_bytes: int = 0
    nats: bool | None = None
    certificate_end: float | None = None
    credentials_end: float | None = None
    restarts: int = 0
    in_force: Mapping[str, int] = MappingProxyType({"ban": 0, "mute": 0})


class Metrics:
    """All of them, in a registry of their own. The names are listed in docs/operations.md."""

    def __init__(self, wires: Collection[str] = ()) -> None:
        """`wires` are the names of those that are known to come; others are counted when they do."""
        self._registry = CollectorRegistry()

        def counter(name: str, text: str) -> Counter:
            return Counter(f"gateway_{name}", text, registry=self._registry)

        def histogram(name: str, text: str) -> Histogram:
            return Histogram(f"gateway_{name}", text, buckets=_SECONDS, registry=self._registry)

        self.messages = counter("messages", "Messages that the log has taken.")
        self.deliveries = counter("deliveries", "Messages written to members.")
        self.delivered_bytes = counter("delivered_bytes", "Bytes of these.")
        # All that there can be is there with 0: an alert on a rise misses the first burst else.
        self._wires = dict.fromkeys(wires, 0)
        self._came = dict(self._wires)
        self._ended = {end.reason: 0 for end in Closing}
        self._acts = dict.fromkeys(ACTS, 0)
        self.refusals = Refusals()
        for name, text, label, counts in (
            ("handshakes", "Connections that came in, by wire.", "wire", self._came),
            ("closes", "Connections that ended, by reason.", "reason", self._ended),
            ("refusals", "Connections and requests that were turned away, by reason.", "reason", self.refusals.counts),
            ("password_failures", "Guesses at a password that were turned away.", "kind", self.refusals.passwords),
            ("operator_acts", "What operators did, as far as it is a line in the log here.", "act", self._acts),
        ):
            self._registry.register(_Counts(f"gateway_{name}", text, label, counts))
        self.append_seconds = histogram(
            "append_seconds", "How long the store takes to make a group of messages durable."
        )
        self.fanout_seconds = histogram(
            "fanout_seconds", "From a batch in the log until all who could take it have it."
        )
        self.loop_lag_seconds = histogram("loop_lag_seconds", "How late the event loop does what is due.")

    def came(self, wire: str) -> None:
        """A connection came in by this wire."""
        self._came[wire] = self._came.get(wire, 0) + 1

    def ended(self, why: Closing) -> None:
        """A connection ended so."""
        self._ended[why.reason] += 1

    def acted(self, act: str) -> None:
        """An operator did one of ACTS."""
        self._acts[act] = self._acts.get(act, 0) + 1

    def add(self, collector: Collector) -> None:
        """Let it tell something, too."""
        self._registry.register(collector)

    def watch(self, look: Callable[[], State]) -> None:
        """Ask for the state whenever the metrics are asked for."""
        self._registry.register(_Gauges(look, self._wires))

    def expose(self) -> bytes:
        """All of them as text."""
        return generate_latest(self._registry)


class _Counts(Collector):
    """Counts by one label. A counter of the library costs more than what it counts, to be made and each time."""

    def __init__(self, name: str, text: str, label: str, counts: Mapping[str, int]) -> None:
        self._name, self._text, self._label = name, text, label
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        family = CounterMetricFamily(self._name, self._text, labels=[self._label])
        for value, count in self._counts.items():
            family.add_metric([value], count)
        yield family


class _Gauges(Collector):
    def __init__(self, look: Callable[[], State], wires: Mapping[str, int]) -> None:
        self._look = look
        self._wires = wires

    def collect(self) -> Iterator[Metric]:
        state = self._look()
        members = GaugeMetricFamily("gateway_members", "Members in the room, by wire.", labels=["wire"])
        for wire, count in {**self._wires, **state.members}.items():
            members.add_metric([wire], count)
        yield members
        build = GaugeMetricFamily("gateway_build_info", "1; what runs is in the labels.", labels=["version", "python"])
        build.add_metric([_version(), python_version()], 1)
        yield build
        yield CounterMetricFamily("gateway_worker_restarts", "How often this worker was started again.", state.restarts)
        in_force = GaugeMetricFamily("gateway_sanctions", "Bans and mutes in force, by kind.", labels=["kind"])
        for kind, count in state.in_force.items():
            in_force.add_metric([kind], count)
        yield in_force
        bad = "What came from the store or from other nodes and was left out: no record of ours."
        yield CounterMetricFamily("gateway_bad_records", bad, state.bad_records)
        for name, text, value in (
            ("stalled", "Members that take nothing at the moment.", state.stalled),
            ("lag_messages", "How far the last of the members is behind the log.", state.lag),
            ("inbox_bytes", "What was said and is not in the log yet.", state.inbox_bytes),
            ("store_failing", "1 while messages can't be stored, or the log not followed.", int(state.store_failing)),
            ("oldest_seq", "The oldest message that is retained; one more than the newest if none is.", state.oldest),
            ("newest_seq", "The newest message.", state.newest),
            ("store_bytes", "What the log takes where it is kept.", state.store_bytes),
            ("nats_connected", "1 while there is a connection to NATS.", state.nats),
            ("certificate_end_timestamp_seconds", "When the certificate of --tls-cert ends.", state.certificate_end),
            ("nats_credentials_end_timestamp_seconds", "When those of --nats-creds end.", state.credentials_end),
        ):
            if value is not None:
                yield GaugeMetricFamily(f"gateway_{name}", text, float(value))


def _version() -> str:
    try:
        return version("chat-gateway")
    except PackageNotFoundError:  # it runs from its sources
        return "unknown"
