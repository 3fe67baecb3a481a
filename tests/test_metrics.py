"""What is counted, and that docs/operations.md lists all of it."""

import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from gateway.metrics import Metrics, State
from gateway.wires.closing import Closing

from .fakes import scene

OPERATIONS = (Path(__file__).parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")


def values(metrics: Metrics) -> dict[str, float]:
    """All samples, by name and labels as Prometheus writes them."""
    found = {}
    for family in text_string_to_metric_families(metrics.expose().decode()):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sample.labels.items())
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


async def test_a_message_to_two_is_two_deliveries() -> None:
    async with scene() as here:
        members = [here.connect(here.raw()) for _ in range(3)]
        for _, transport in members:
            transport.take()
        members[0][0].data_received(b"hello\n\nagain\n\n")
        await here.settle()
        written = sum(len(transport.take()) for _, transport in members)
        members[1][0].data_received(b"/quit\n\n")
        await here.settle()
        found = values(here.room.metrics)
    assert found["gateway_messages_total"] == 2
    assert found["gateway_deliveries_total"] == 6  # the sender's own, which were cut out, among them
    assert found["gateway_delivered_bytes_total"] == written * 3 / 2
    assert found["gateway_append_seconds_count"] == 1
    assert found["gateway_fanout_seconds_count"] >= 1
    assert found["gateway_handshakes_total{wire=raw}"] == 3
    assert found["gateway_closes_total{reason=quit}"] == 1


def test_the_state_is_asked_for_when_it_is_wanted() -> None:
    metrics = Metrics()
    states = [State({}, 0, 0, 0, True)]
    metrics.watch(lambda: states[-1])
    assert values(metrics)["gateway_store_failing"] == 1
    states.append(State({"raw": 2, "json": 1}, 1, 40, 5000, False))
    found = values(metrics)
    assert (found["gateway_members{wire=raw}"], found["gateway_members{wire=json}"]) == (2, 1)
    assert (found["gateway_stalled"], found["gateway_lag_messages"], found["gateway_inbox_bytes"]) == (1, 40, 5000)
    assert found["gateway_store_failing"] == 0


def test_the_documentation_lists_every_metric() -> None:
    metrics = Metrics()
    metrics.watch(lambda: State({}, 0, 0, 0, False))
    families = {family.name for family in text_string_to_metric_families(metrics.expose().decode())}
    names = {name for name in families if not name.endswith("_created")}
    listed = {re.sub(r"_total$", "", name) for name in re.findall(r"`(gateway_\w+)(?:\{\w+\})?` \|", OPERATIONS)}
    assert names == listed


def test_the_documentation_lists_every_end() -> None:
    listed = set(re.findall(r"^\| `([\w-]+)` \| (\d+|–) \|", OPERATIONS, re.MULTILINE))
    wanted = {(each.reason, str(each.code) if each.code and each.code != 1006 else "–") for each in Closing}
    assert listed == wanted
