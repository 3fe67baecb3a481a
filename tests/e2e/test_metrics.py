"""What a running gateway tells Prometheus, held against what its own promtool says, and against our alerts."""

import asyncio
import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
import trustme
from cryptography import x509

from ..nats import lone_server, until, url
from ..papers import Office
from ..processes import need
from .conftest import Start
from .fronts import DEPLOY
from .gateway import Gateway
from .peers import chat, raw
from .test_operations import ask, metrics_of, scrape
from .test_workers import FLAGS, children

ALERTS = DEPLOY / "prometheus-alerts.yml"
NOT_OURS = {"up"}
"""Told by Prometheus itself."""


def told_by(address: tuple[str, int]) -> str:
    answer = ask(address, b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").decode()
    assert answer.startswith("HTTP/1.1 200 "), answer
    return answer.partition("\r\n\r\n")[2]


def promtool(*words: str, given: str = "") -> str:
    told = subprocess.run(
        [need("promtool"), *words], input=given, capture_output=True, text=True, check=False, timeout=60
    )
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout + told.stderr


CREDENTIALS_END = 4_000_000_000


class Told(NamedTuple):
    text: str
    certificate: bytes


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """By a gateway that has all that there can be: TLS, NATS, somebody in it."""
    folder = tmp_path_factory.mktemp("told")
    issued = trustme.CA().issue_cert("localhost")
    (folder / "tls.pem").write_bytes(issued.private_key_pem.bytes() + issued.cert_chain_pems[0].bytes())
    with ExitStack() as owned:
        office = Office()
        server = lone_server(folder, office.configuration)
        owned.callback(server.kill)
        (folder / "room.creds").write_text(office.creds(CREDENTIALS_END))
        creds = ("--nats-creds", str(folder / "room.creds"))
        flags = ("--store", url([server]), *creds, "--tls-cert", str(folder / "tls.pem"), "--metrics", "127.0.0.1:0")
        gateway = Gateway(folder, *flags)
        owned.callback(gateway.stop)
        yield Told(told_by(metrics_of(gateway)), issued.cert_chain_pems[0].bytes())


def samples(text: str) -> dict[str, float]:
    """By name and labels."""
    rows = (line.rpartition(" ") for line in text.splitlines() if line and line[0] != "#")
    return {name: float(value) for name, _, value in rows}


# --- what is told -----------------------------------------------------------------------------------------------------


async def test_what_the_process_takes_is_told_by_prometheus_own_names(start: Start) -> None:
    gateway = start("--metrics", "127.0.0.1:0", descriptors=500)
    process = psutil.Process(gateway.pid)
    async with raw(gateway), raw(gateway):
        found = await scrape(gateway)
        until(lambda: process.num_fds() + 1 == found["process_open_fds"])  # the scrape itself, which has gone
    assert found["process_max_fds"] == 500
    assert found["process_resident_memory_bytes"] == pytest.approx(process.memory_info().rss, rel=0.2)
    assert found["process_start_time_seconds"] == pytest.approx(process.create_time(), abs=1)
    assert 0 < found["process_cpu_seconds_total"] <= sum(process.cpu_times()[:2])


async def test_what_the_store_takes_and_has_is_told(start: Start) -> None:
    gateway = start("--metrics", "127.0.0.1:0", "--keep", "3")
    before = await scrape(gateway)
    assert (before["gateway_oldest_seq"], before["gateway_newest_seq"]) == (1, 0)
    async with chat(gateway) as ann:
        for _ in range(5):
            await ann.say("x" * 10_000)
            await ann.texts(1)
        after = await scrape(gateway)
    assert (after["gateway_oldest_seq"], after["gateway_newest_seq"]) == (3, 5)
    files = sum(path.stat().st_size for path in gateway.store.parent.glob("room.db*"))
    assert before["gateway_store_bytes"] < after["gateway_store_bytes"] == files
    assert "gateway_nats_connected" not in after
    assert "gateway_certificate_end_timestamp_seconds" not in after
    assert "gateway_nats_credentials_end_timestamp_seconds" not in after


async def test_what_operators_do_and_who_guesses_is_told(start: Start) -> None:
    gateway = start("--metrics", "127.0.0.1:0", "--admin-password", "secret", "--password", "sesame")
    before = await scrape(gateway)
    for name in ("ban", "kick", "mute", "unban", "unmute", "slow", "delete", "purge"):
        assert before[f'gateway_operator_acts_total{{act="{name}"}}'] == 0
    async with raw(gateway, greeted=False) as op, chat(gateway, name="Bob", password="sesame") as bob:
        await bob.say("what is taken back")
        await bob.texts(1)
        for text, answer in (
            ("/pass no", "not the password"), ("/pass sesame", "you are in"), ("/op no", "not the password"),
            ("/op no", "not the password"), ("/op secret", "you are an operator"),
            ("/delete Bob", "deleted what Bob said"), ("/kick Bob", "Bob"),
        ):  # fmt: skip
            await op.send(f"{text}\n\n".encode())
            await op.until(answer)
        await bob.connection.wait_closed()
        await op.send(b"/ban 203.0.113.9 1h\n\n")
        await op.until("203.0.113.9")
        found = await scrape(gateway)
    assert found['gateway_operator_acts_total{act="delete"}'] == 1
    assert found['gateway_operator_acts_total{act="kick"}'] == found['gateway_operator_acts_total{act="ban"}'] == 1
    assert found['gateway_sanctions{kind="ban"}'] == 1
    assert found['gateway_sanctions{kind="mute"}'] == 0
    assert found['gateway_password_failures_total{kind="room"}'] == 1
    assert found['gateway_password_failures_total{kind="operators"}'] == 2


async def test_a_loop_that_was_late_is_told(start: Start) -> None:
    """The process is stopped for a second: so is the loop."""
    gateway = start("--metrics", "127.0.0.1:0")
    gateway.signal(signal.SIGSTOP)
    await asyncio.sleep(1.5)  # it is this that is measured
    gateway.signal(signal.SIGCONT)
    found = await scrape(gateway)
    late = found['gateway_loop_lag_seconds_bucket{le="+Inf"}'] - found['gateway_loop_lag_seconds_bucket{le="1.0"}']
    assert late >= 1
    assert found["gateway_loop_lag_seconds_sum"] >= 1


@pytest.mark.worlds
@pytest.mark.nats
async def test_how_often_a_worker_was_started_again_is_told_by_itself(start: Start) -> None:
    gateway = start(*FLAGS, "--metrics", "127.0.0.1:0")
    (first, *_) = [each for each in children(gateway, "worker") if each.cmdline()[4] == "1"]
    first.kill()
    await asyncio.to_thread(gateway.wait_for_log, "worker 1 ended with status -9; it is started again")
    log = await asyncio.to_thread(gateway.wait_for_log, "[worker 1] metrics are at ", 2)
    gateway.judged = True
    rows = re.findall(r"\[worker (\d)\] metrics are at http://([\d.]+):(\d+)/", log)
    addresses = {worker: (host, int(port)) for worker, host, port in rows}  # the last of each
    found = {worker: samples(told_by(address)) for worker, address in addresses.items()}
    assert {worker: each["gateway_worker_restarts_total"] for worker, each in found.items()} == {"1": 1, "2": 0}


@pytest.mark.nats
def test_what_is_there_with_tls_and_nats_is_told(told: Told) -> None:
    found = samples(told.text)
    ends = x509.load_pem_x509_certificate(told.certificate).not_valid_after_utc
    assert found["gateway_certificate_end_timestamp_seconds"] == ends.timestamp()
    assert found["gateway_nats_credentials_end_timestamp_seconds"] == CREDENTIALS_END
    assert found["gateway_nats_connected"] == 1
    assert found["gateway_store_bytes"] >= 0
    (build,) = [name for name in found if name.startswith("gateway_build_info")]
    assert re.fullmatch(r'gateway_build_info\{python="3\.[\d.]+",version="\d[\d.]+"\}', build)


@pytest.mark.nats
def test_nats_that_is_gone_is_told_and_the_scrape_does_not_wait_for_it(tmp_path: Path) -> None:
    with ExitStack() as owned:
        server = lone_server(tmp_path)
        owned.callback(server.kill)
        gateway = Gateway(tmp_path, "--store", url([server]), "--metrics", "127.0.0.1:0")
        owned.callback(gateway.stop)
        gateway.judged = True
        assert samples(told_by(metrics_of(gateway)))["gateway_nats_connected"] == 1
        server.kill()
        gateway.wait_for_log("is lost")
        began = time.monotonic()
        assert samples(told_by(metrics_of(gateway)))["gateway_nats_connected"] == 0
        assert time.monotonic() - began < 5
        gateway.killed = True
        gateway.kill()


# --- the alerts -------------------------------------------------------------------------------------------------------


@pytest.mark.nats
def test_promtool_finds_nothing_amiss_with_the_metrics(told: Told) -> None:
    assert promtool("check", "metrics", given=told.text).strip() == ""


def test_promtool_takes_the_rules() -> None:
    assert re.search(r"SUCCESS: \d+ rules found", promtool("check", "rules", str(ALERTS)))


def expressions() -> dict[str, str]:
    return dict(re.findall(r"- alert: (\w+)\n +expr: (.+)\n", ALERTS.read_text()))


@pytest.mark.nats
def test_each_metric_of_an_alert_is_in_the_scrape(told: Told) -> None:
    there = {name.partition("{")[0] for name in samples(told.text)}
    used = {name for each in expressions().values() for name in re.findall(r"\b(?:gateway|process)_\w+|\bup\b", each)}
    assert used - there == NOT_OURS
    for name, label in re.findall(r"(\w+)\{(reason=\"\w+\")\}", " ".join(expressions().values())):
        assert f"{name}{{{label}}}" in samples(told.text)


HOUR = 60
DAY = 86400
FIRES: Mapping[str, Mapping[str, str]] = {
    "GatewayDown": {"up": "1x5 0x100"},
    "GatewayRestartsAgainAndAgain": {"gateway_worker_restarts_total": "0x10 1 2 3 4 5 5x100"},
    "GatewayStoreFails": {"gateway_store_failing": "0x5 1x100"},
    "GatewayStoreIsSlow": {
        'gateway_append_seconds_bucket{le="+Inf"}': "0+10x100",
        "gateway_append_seconds_count": "0+10x100",
    },
    "GatewayNatsIsAway": {"gateway_nats_connected": "1x5 0x100"},
    "GatewayDescriptorsRunOut": {"process_open_fds": "950x100", "process_max_fds": "1000x100"},
    "GatewayIsFull": {'gateway_refusals_total{reason="full"}': "0+1x100"},
    "GatewayCertificateEnds": {"gateway_certificate_end_timestamp_seconds": f"{HOUR * 60 + 6 * DAY}x100"},
    "GatewayNatsCredentialsEnd": {"gateway_nats_credentials_end_timestamp_seconds": f"{HOUR * 60 + 6 * DAY}x100"},
    "GatewayLoopIsLate": {'gateway_loop_lag_seconds_bucket{le="+Inf"}': "0+10x100"},
    "GatewayInboxFills": {"gateway_inbox_bytes": "5000000x100"},
    "GatewayPasswordIsGuessed": {'gateway_password_failures_total{kind="operators"}': "0+6x100"},
    "GatewayHasFaults": {'gateway_closes_total{reason="internal"}': "0x20 1x100"},
}
"""What each alert is for: how these series go on, a minute each, when all others stay as they were in the scrape."""


def series(found: Mapping[str, float], changed: Mapping[str, str]) -> list[dict[str, str]]:
    """As promtool wants them: those of a real scrape, as Prometheus labels them."""
    values = {name: f"{value:.17g}x100" for name, value in {"up": 1.0, **found}.items()} | dict(changed)
    return [{"series": labelled(name), "values": value} for name, value in values.items()]


def labelled(name: str) -> str:
    name, _, labels = name.rstrip("}").partition("{")
    return f'{name}{{{labels}{"," * bool(labels)}job="gateway",instance="chat:9090"}}'


def case(found: Mapping[str, float], alert: str | None) -> dict[str, object]:
    """Of promtool's: what fires where that goes on, which is this alert alone; for None nothing goes on."""
    at = 22 if alert in ("GatewayRestartsAgainAndAgain", "GatewayHasFaults") else HOUR
    query = 'count by (alertname) (ALERTS{alertstate="firing"})'
    wanted = [{"labels": f'{{alertname="{alert}"}}', "value": 1}] if alert else []
    return {
        "name": str(alert),
        "interval": "1m",
        "input_series": series(found, FIRES[alert] if alert else {}),
        "promql_expr_test": [{"expr": query, "eval_time": f"{at}m", "exp_samples": wanted}],
    }


@pytest.mark.nats
def test_each_alert_fires_for_what_it_is_for_and_none_for_a_room_that_is_well(told: Told, tmp_path: Path) -> None:
    found = samples(told.text)
    assert {name for changed in FIRES.values() for name in changed} <= {*found, *NOT_OURS}
    assert FIRES.keys() == expressions().keys()
    tests = [case(found, alert) for alert in (None, *FIRES)]
    rules = {"rule_files": [str(ALERTS)], "evaluation_interval": "1m", "tests": tests}
    (tmp_path / "test.yml").write_text(json.dumps(rules))  # JSON is YAML, too
    promtool("test", "rules", str(tmp_path / "test.yml"))
