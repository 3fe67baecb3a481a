"""What is counted, and that docs/operations.md lists all of it."""

import re
from importlib import import_module
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

import gateway
from gateway.metrics import Metrics, State
from gateway.reasons import REASONS, UNSPOKEN
from gateway.refusals import COUNTED
from gateway.serving.ports import WIRES
from gateway.wires.closing import Closing

from .fakes import scene
from .told import handed_to

PACKAGE = Path(gateway.__file__).parent
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


def test_all_that_can_be_counted_is_there_from_the_start() -> None:
    metrics = Metrics(WIRES)
    metrics.watch(lambda: State({"raw": 1}, 0, 0, 0, False))
    found = values(metrics)
    for each in Closing:
        assert found[f"gateway_closes_total{{reason={each.reason}}}"] == 0
    for reason in COUNTED:
        assert found[f"gateway_refusals_total{{reason={reason}}}"] == 0
    assert all(f"gateway_handshakes_total{{wire={wire}}}" in found for wire in WIRES)
    assert [found[f"gateway_members{{wire={wire}}}"] for wire in WIRES] == [wire == "raw" for wire in WIRES]


def test_every_wire_there_is_is_counted_from_the_start() -> None:
    """As whoever adds one forgets."""
    found = {
        str(vars(kind)["name"])
        for path in (PACKAGE / "wires").glob("*.py")
        for kind in vars(import_module(f"gateway.wires.{path.stem}")).values()
        if isinstance(kind, type) and isinstance(vars(kind).get("name"), str) and hasattr(kind, "next_request")
    }
    assert found == set(WIRES)


def test_one_that_nobody_expected_is_counted_too() -> None:
    metrics = Metrics(WIRES)
    metrics.watch(lambda: State({"irc": 1}, 0, 0, 0, False))
    metrics.came("irc")
    found = values(metrics)
    assert found["gateway_handshakes_total{wire=irc}"] == found["gateway_members{wire=irc}"] == 1


def test_who_is_turned_away_without_a_word_is_counted_by_what_the_sources_write() -> None:
    told = {code for _, code in handed_to({"tell"}, 1)} - {*REASONS}
    statuses = {f"http-{code[:3]}" for _, code in handed_to({"HttpError", "_refuse"}) if re.match(r"\d{3} ", code)}
    assert told | statuses == set(UNSPOKEN)


def test_the_documentation_lists_every_metric() -> None:
    metrics = Metrics()
    metrics.watch(lambda: State({}, 0, 0, 0, False, nats=True, certificate_end=1.0, credentials_end=1.0))
    families = {family.name for family in text_string_to_metric_families(metrics.expose().decode())}
    names = {name for name in families if not name.endswith("_created")}
    listed = {re.sub(r"_total$", "", name) for name in re.findall(r"`(gateway_\w+)(?:\{\w+\})?` \|", OPERATIONS)}
    assert names == listed


def test_the_documentation_lists_every_end() -> None:
    listed = set(re.findall(r"^\| `([\w-]+)` \| (\d+|–) \|", OPERATIONS, re.MULTILINE))
    wanted = {(each.reason, str(each.code) if each.code and each.code != 1006 else "–") for each in Closing}
    assert listed == wanted


def test_the_documentation_lists_every_reason_of_a_refusal() -> None:
    table = OPERATIONS.partition("## What is turned away")[2].partition("\n## ")[0]
    rows = [row.split("|")[1] for row in re.findall(r"^\|.*", table, re.MULTILINE)]
    assert {code for row in rows for code in re.findall(r"`([\w-]+)`", row)} == set(COUNTED)
