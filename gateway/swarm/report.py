"""The figures of a run, over all its processes; and how they are shown."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import msgspec
from rich.table import Table

from .histogram import Histogram, merged
from .orders import Interval, Outcome
from .plan import Plan
from .plot import Panel, chart
from .server import Usage
from .transcript import Faults

PERCENTILES = (50.0, 90.0, 99.0)
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Second:
    """What one second brought. Latencies are in ms."""

    second: int
    deliveries: int
    megabytes: float
    p50: float
    p99: float
    max: float


@dataclass(frozen=True, slots=True)
class ServerFigures:
    """What it took the server. `cpu` in seconds of processor time, memory in MiB."""

    connect_cpu: float
    talk_cpu: float
    memory_before: float
    memory_connected: float
    memory_most: float
    deliveries_per_cpu_second: float
    handshakes_per_cpu_second: float
    kib_per_member: float


@dataclass(frozen=True, slots=True)
class Report:
    """One run. Seconds are of the wall clock, latencies in ms."""

    plan: Plan
    connect_seconds: float
    connects_per_second: float
    talk_seconds: float
    spoken: int
    heard: int
    doubtful: int
    deliveries: int
    deliveries_per_second: float
    megabytes: float
    megabytes_per_second: float
    latency: dict[str, float]
    busiest: float
    """Which part of its core the busiest process of the swarm used; near 1, the swarm itself is what is slow."""
    returns: int
    faults: Faults
    closings: dict[str, int]
    complaints: dict[str, int]
    server: ServerFigures | None
    seconds: list[Second]

    @property
    def is_clean(self) -> bool:
        """Whether every delivery was as it must be."""
        return not self.faults

    def as_json(self) -> bytes:
        """All of it."""
        figures = asdict(self)
        del figures["plan"]["password"]
        return msgspec.json.format(msgspec.json.encode(figures), indent=2) + b"\n"

    def as_svg(self) -> str:
        """Throughput and latency over time."""
        rows = self.seconds
        throughput = Panel("deliveries a second", {"all members": [(row.second, row.deliveries) for row in rows]})
        lines = {name: [(row.second, getattr(row, name)) for row in rows] for name in ("p50", "p99", "max")}
        return chart([throughput, Panel("latency, ms", lines, is_log=True)], "seconds since the talk began")

    def table(self) -> Table:
        """What a person reads at the end."""
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
        table.add_column(style="dim")
        table.add_column()
        for name, text in self._rows():
            table.add_row(name, text)
        return table

    def _rows(self) -> list[tuple[str, str]]:
        plan, faults, latency = self.plan, self.faults, self.latency
        verdict = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in asdict(faults).items())
        rows = [
            ("members", f"{plan.tcp:,} raw, {plan.ws:,} WebSocket; {self.connects_per_second:,.0f} connects/s"),
            (
                "said",
                f"{self.spoken:,} messages of {plan.size} bytes by {plan.senders:,} sender{'s' * (plan.senders > 1)}",
            ),
            ("delivered", f"{self.deliveries:,} in {self.talk_seconds:.1f} s: {self.deliveries_per_second:,.0f}/s"),
            ("traffic", f"{self.megabytes:,.1f} MB, {self.megabytes_per_second:,.1f} MB/s"),
            ("latency", ", ".join(f"{name} {value:,.1f} ms" for name, value in latency.items())),
        ]
        if self.server is not None:
            rows += _server_rows(self.server)
        if self.busiest > 0.9:
            rows.append(("swarm", "[yellow]busy itself, so the latency is its own too; more --processes may help[/]"))
        if self.returns:
            rows.append(("resumed", f"{self.returns:,} times"))
        if self.doubtful:
            rows.append(("doubtful", f"{self.doubtful:,} said on raw connections that broke, and not heard"))
        rows += [("closed", f"{count:,} times: {reason}") for reason, count in self.closings.items()]
        rows += [("told", f"{count:,} times: {text}") for text, count in self.complaints.items()]
        colour = "green" if self.is_clean else "bold red"
        rows.append(("checked", f"[{colour}]{verdict}[/{colour}]"))
        return rows


def _server_rows(server: ServerFigures) -> list[tuple[str, str]]:
    cpu = (
        f"{server.talk_cpu:.2f} s of processor time, {server.deliveries_per_cpu_second:,.0f} deliveries a second of it"
    )
    memory = f"{server.memory_connected:,.0f} MiB with all members, {server.memory_most:,.0f} at most"
    return [("server", cpu), ("", f"{memory}; {server.kib_per_member:.1f} KiB a member")]


def make_report(
    plan: Plan,
    connect_seconds: float,
    intervals: Sequence[Interval],
    outcomes: Sequence[Outcome],
    spoken: int,
    usages: Sequence[Usage | None],
) -> Report:
    """Add up what the processes say. `usages`: before all, when all were in, at the end, with the most memory."""
    deliveries = sum(interval.deliveries for interval in intervals)
    megabytes = sum(interval.bytes for interval in intervals) / 1e6
    seconds = max((outcome.ended for outcome in outcomes), default=0.0) or 1e-6
    faults = Faults()
    for outcome in outcomes:
        faults.add(outcome.faults)
        faults.lost += max(0, spoken - outcome.heard - sum(each.doubtful for each in outcomes))
    if len({outcome.digest for outcome in outcomes}) > 1 and not faults:
        faults.out_of_order += 1  # each process has one order, but not the same
    return Report(
        plan=plan,
        connect_seconds=connect_seconds,
        connects_per_second=plan.members / connect_seconds,
        talk_seconds=seconds,
        spoken=spoken,
        heard=max((outcome.heard for outcome in outcomes), default=0),
        doubtful=sum(outcome.doubtful for outcome in outcomes),
        deliveries=deliveries,
        deliveries_per_second=deliveries / seconds,
        megabytes=megabytes,
        megabytes_per_second=megabytes / seconds,
        latency=_latency(merged(interval.latencies for interval in intervals)),
        busiest=max((outcome.cpu / seconds for outcome in outcomes), default=0.0),
        returns=sum(outcome.returns for outcome in outcomes),
        faults=faults,
        closings=_added(outcome.closings for outcome in outcomes),
        complaints=_added(outcome.complaints for outcome in outcomes),
        server=_server_figures(plan, deliveries, usages),
        seconds=_by_second(intervals),
    )


def _latency(histogram: Histogram) -> dict[str, float]:
    percentiles = {f"p{percent:g}": histogram.percentile(percent) / 1000 for percent in PERCENTILES}
    return {**percentiles, "max": histogram.max / 1000}


def _by_second(intervals: Sequence[Interval]) -> list[Second]:
    """The seconds of all processes as one."""
    rows = []
    for second in sorted({interval.second for interval in intervals}):
        same = [interval for interval in intervals if interval.second == second]
        latency = _latency(merged(interval.latencies for interval in same))
        deliveries = sum(interval.deliveries for interval in same)
        megabytes = sum(interval.bytes for interval in same) / 1e6
        rows.append(Second(second, deliveries, megabytes, latency["p50"], latency["p99"], latency["max"]))
    return rows


def _server_figures(plan: Plan, deliveries: int, usages: Sequence[Usage | None]) -> ServerFigures | None:
    known = [usage for usage in usages if usage is not None]
    if len(known) < len(usages):
        return None
    before, connected, ended, most = known
    connect_cpu = max(connected.cpu - before.cpu, 0.01)
    talk_cpu = max(ended.cpu - connected.cpu, 0.01)
    return ServerFigures(
        connect_cpu=connect_cpu,
        talk_cpu=talk_cpu,
        memory_before=before.memory / MIB,
        memory_connected=connected.memory / MIB,
        memory_most=most.memory / MIB,
        deliveries_per_cpu_second=deliveries / talk_cpu,
        handshakes_per_cpu_second=plan.members / connect_cpu,
        kib_per_member=(connected.memory - before.memory) / 1024 / plan.members,
    )


def _added(counters: Iterable[Counter[str]]) -> dict[str, int]:
    whole: Counter[str] = Counter()
    for counter in counters:
        whole.update(counter)
    return dict(whole.most_common(10))
