"""The name that was ours, and is refused as we come back."""

from gateway.client.own_name import AGAIN_SECONDS, TIMES, OwnName
from gateway.stores.jetstream.lease import LEASE_SECONDS


def test_it_is_asked_for_again_some_times_each_when_it_is_due() -> None:
    own = OwnName()
    own.wanted_back()
    for _ in range(TIMES):
        assert not own.is_due(100)  # nobody has refused it
        own.refused(100)
        assert not own.is_due(100 + AGAIN_SECONDS - 0.1)
        assert own.is_due(100 + AGAIN_SECONDS)
    own.refused(100)
    assert not own.is_due(1000)


def test_what_was_not_ours_or_is_settled_is_not_asked_for() -> None:
    own = OwnName()
    own.refused(100)
    assert not own.is_due(1000)
    own.wanted_back()
    own.refused(100)
    own.settled()
    assert not own.is_due(1000)


def test_it_outlasts_the_lease_of_a_dead_node() -> None:
    assert AGAIN_SECONDS > LEASE_SECONDS
