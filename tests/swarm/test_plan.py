"""What can be asked for."""

from typing import Any

import pytest

from gateway.swarm.plan import Address, Plan, SwarmError, address_from, plan_from

from ..tables import each_of

WANTED: dict[str, Any] = {
    "gateways": [Address("127.0.0.1", 8001, 8080)], "tcp": 30, "ws": 10, "senders": None, "rate": 1.0,
    "window": 0, "size": 100, "seconds": 10.0, "messages": None, "churn": 0.0, "stall": 0, "processes": 1,
    "connect_rate": 0.0,
}  # fmt: skip


def plan(is_owner: bool = False, **more: Any) -> Plan:
    return plan_from({**WANTED, **more}, is_owner=is_owner)


def test_both_kinds_are_mixed_evenly() -> None:
    one = plan(tcp=30, ws=10)
    kinds = [one.is_tcp(number) for number in range(one.members)]
    assert sum(kinds) == 30
    assert all(sum(kinds[start : start + 4]) == 3 for start in range(0, 40, 4))


def test_each_member_is_in_one_process() -> None:
    one = plan(processes=3, senders=7)
    assert sorted(each for process in range(3) for each in one.members_of(process)) == list(range(40))
    assert sorted(each for process in range(3) for each in one.senders_of(process)) == list(range(7))
    assert all(set(one.senders_of(process)) <= set(one.members_of(process)) for process in range(3))


def test_senders_are_ten_or_as_many_as_there_are() -> None:
    assert plan().senders == 10
    assert plan(tcp=2, ws=2).senders == 4
    assert plan(tcp=2, ws=2, stall=1).senders == 3


@each_of(
    ("more", "named"),
    [
        ({"tcp": 0, "ws": 0}, "--tcp N"),
        ({"tcp": 1, "ws": 0}, "two members"),
        ({"senders": 0}, "--senders"),
        ({"senders": 30, "stall": 20}, "--stall"),
        ({"size": 20}, "--size"),
        ({"processes": 50}, "--processes"),
        ({"senders": 40, "churn": 1.0}, "--churn"),
        ({"tcp": 2, "ws": 0, "senders": 2}, "one more"),
        ({"tcp": 10**8}, "--processes"),
        ({"gateways": [Address("192.0.2.1", 1, 2)]}, "--i-own-this-server"),
        ({"gateways": [Address("no.such.host.invalid", 1, 2)]}, "no.such.host.invalid"),
    ],
)
def test_what_can_not_be_is_named(more: dict[str, Any], named: str) -> None:
    with pytest.raises(SwarmError, match=named):
        plan(**more)


def test_an_owner_may_go_elsewhere() -> None:
    assert plan(is_owner=True, gateways=[Address("192.0.2.1", 1, 2)]).gateways[0].host == "192.0.2.1"


def test_addresses_of_gateways() -> None:
    assert address_from("chat.example.org:8001:8080") == Address("chat.example.org", 8001, 8080)
    assert address_from("[::1]:1:65535") == Address("::1", 1, 65535)


@pytest.mark.parametrize("text", ["", "8001:8080", "host:8001", ":1:2", "host:x:1", "host:0:1", "host:1:65536"])
def test_a_bad_address_is_named(text: str) -> None:
    with pytest.raises(SwarmError, match="HOST:TCP-PORT:HTTP-PORT"):
        address_from(text)
