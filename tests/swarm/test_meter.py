"""Deliveries and latencies, second by second."""

from collections import Counter

from gateway.swarm.dialects import Heard
from gateway.swarm.meter import Meter
from gateway.swarm.orders import Interval
from gateway.swarm.speech import Said
from gateway.swarm.transcript import Passage


def heard(*sent: int) -> Heard:
    one = Heard()
    one.passage = Passage([Said(0, number, at) for number, at in enumerate(sent, 1)])
    return one


def test_each_delivery_of_each_member_is_counted_and_timed() -> None:
    told: list[Interval] = []
    meter = Meter(told.append)
    many, one = heard(100, 200), heard(300)
    meter.read(50)
    meter.hear(Counter({(many, True): 3, (one, True): 1}), 400)
    meter.hear(Counter({(one, True): 2}), 1_000_300)
    meter.end_interval()
    assert [(each.second, each.deliveries) for each in told] == [(0, 7), (1, 2)]
    assert told[0].latencies.counts == {300: 3, 200: 3, 100: 1}
    assert told[1].latencies.max == 1_000_000
    assert meter.ended == 1.0003


def test_what_one_could_not_hear_before_is_counted_and_not_timed() -> None:
    told: list[Interval] = []
    meter = Meter(told.append)
    meter.hear(Counter({(heard(1), False): 5}), 900_000)
    meter.end_interval()
    assert (told[0].deliveries, told[0].latencies.total) == (5, 0)


def test_of_nothing_heard_nothing_is_told() -> None:
    told: list[Interval] = []
    Meter(told.append).end_interval()
    assert told == []
