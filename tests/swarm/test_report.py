"""The figures of several processes as one."""

import json
from collections import Counter

import pytest
from rich.console import Console

from gateway.swarm.orders import Interval, Outcome
from gateway.swarm.report import Report, make_report
from gateway.swarm.server import Usage
from gateway.swarm.transcript import Faults

from .test_plan import plan

MIB = 1024 * 1024


def interval(second: int, *latencies: int) -> Interval:
    one = Interval(second, len(latencies), 1000)
    for value in latencies:
        one.latencies.record(value)
    return one


def outcome(digest: bytes = b"x", heard: int = 10, doubtful: int = 0, **faults: int) -> Outcome:
    nothing: Counter[str] = Counter()
    return Outcome(Faults(**faults), digest, heard, doubtful, 2.0, 1.0, 3, nothing, Counter({"be quiet": 2}))


def report(*outcomes: Outcome, spoken: int = 10, usages: tuple[Usage | None, ...] = (None,) * 4) -> Report:
    intervals = [interval(0, 1000, 2000), interval(1, 3000), interval(0, 4000), interval(1, 500_000)]
    return make_report(plan(processes=2), 0.5, intervals, outcomes, spoken, usages)


def test_percentiles_are_of_all_values_not_of_the_processes() -> None:
    one = report(outcome(), outcome())
    assert one.latency == pytest.approx({"p50": 3.0, "p90": 500.0, "p99": 500.0, "max": 500.0}, rel=1e-3)
    assert [(row.second, row.deliveries) for row in one.seconds] == [(0, 3), (1, 2)]
    assert one.deliveries == 5
    assert one.returns == 6
    assert one.complaints == {"be quiet": 4}
    assert one.is_clean


@pytest.mark.parametrize(
    ("outcomes", "spoken", "faults"),
    [
        ([outcome(), outcome(lost=1)], 10, Faults(lost=1)),
        ([outcome(damaged=1), outcome(repeated=2)], 10, Faults(damaged=1, repeated=2)),
        ([outcome(), outcome(b"y")], 10, Faults(out_of_order=1)),
        ([outcome(), outcome()], 11, Faults(lost=2)),  # said, and heard in neither process
        ([outcome(doubtful=1), outcome()], 11, Faults()),
    ],
)
def test_a_fault_in_any_process_is_one(outcomes: list[Outcome], spoken: int, faults: Faults) -> None:
    one = report(*outcomes, spoken=spoken)
    assert one.faults == faults
    assert one.is_clean is not bool(faults)


def test_what_it_took_the_server() -> None:
    usages = (Usage(1.0, 50 * MIB), Usage(1.5, 52 * MIB), Usage(3.5, 60 * MIB), Usage(2.0, 70 * MIB))
    server = report(outcome(), outcome(), usages=usages).server
    assert server is not None
    assert (server.connect_cpu, server.talk_cpu, server.memory_most) == (0.5, 2.0, 70.0)
    assert server.deliveries_per_cpu_second == 2.5
    assert server.handshakes_per_cpu_second == 80
    assert server.kib_per_member == pytest.approx(2 * 1024 / 40)


def test_the_table_and_the_file_tell_the_same() -> None:
    one = report(outcome(), outcome(lost=7))
    console = Console(width=200, file=None, record=True, quiet=False)
    with console.capture() as shown:
        console.print(one.table())
    assert "lost 7" in shown.get()
    assert "p99 500.0 ms" in shown.get()
    assert json.loads(one.as_json())["faults"]["lost"] == 7
    assert one.as_svg().startswith("<svg")
