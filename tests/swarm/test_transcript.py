"""The check: what a room did wrong is found and counted as what it is; what it did right is not."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from gateway.swarm.speech import Said
from gateway.swarm.transcript import Faults, Listener, Passage, Transcript

from ..tables import each_of

ROOM = [Said(index % 3, index // 3 + 1, index) for index in range(12)]
A, B, C, D, E, F = ROOM[:6]


def hear(transcript: Transcript, listener: Listener, *said: Said) -> None:
    transcript.hear(listener, Passage(list(said)))


def end(transcript: Transcript, *listeners: Listener) -> Faults:
    transcript.finish_all(listeners)
    return transcript.faults


@each_of(
    ("heard", "faults"),
    [
        ([A, B, C, D], Faults()),
        ([A, B, C], Faults(lost=1)),
        ([A, C, D], Faults(lost=1)),
        ([], Faults(lost=4)),
        ([A, B, B, C, D], Faults(repeated=1)),
        ([A, B, C, D, A], Faults(repeated=1)),
        ([A, C, B, D], Faults(out_of_order=1)),
        ([D, A, B, C], Faults(out_of_order=3)),
        ([A, C, B, B, D], Faults(out_of_order=1, repeated=1)),
        ([A, D, D], Faults(lost=2, repeated=1)),
    ],
)
@each_of("together", [True, False])
def test_what_one_hears_otherwise_than_the_others_is_counted(heard: list[Said], faults: Faults, together: bool) -> None:
    transcript = Transcript()
    witness, other = Listener(), Listener()
    hear(transcript, witness, A, B, C, D)
    for piece in [heard] if together else [[said] for said in heard]:
        hear(transcript, other, *piece)
    assert end(transcript, witness, other) == faults


def test_a_listener_is_let_off_its_own_messages_only() -> None:
    transcript = Transcript()
    witness, sender = Listener(), Listener(own=A.sender)
    hear(transcript, witness, A, B, C, D)
    hear(transcript, sender, B, C)
    assert end(transcript, witness, sender) == Faults()


def test_ones_own_message_is_a_repetition_where_it_should_be_left_out() -> None:
    transcript = Transcript()
    witness, sender = Listener(), Listener(own=A.sender)
    passage = Passage([A, B, C])
    transcript.hear(witness, passage)
    transcript.hear(sender, passage)
    assert end(transcript, witness, sender) == Faults(repeated=1)


def test_a_message_that_the_room_has_before_an_earlier_one_of_its_sender_is_out_of_order() -> None:
    transcript = Transcript()
    listener = Listener()
    hear(transcript, listener, D, A)
    assert end(transcript, listener) == Faults(out_of_order=1)


def test_an_order_that_the_log_does_not_have_is_out_of_order() -> None:
    transcript = Transcript()
    listener = Listener()
    one, other = Said(1, 1, 0), Said(2, 1, 0)
    one.seq, other.seq = 8, 7
    hear(transcript, listener, one, other)
    assert end(transcript, listener) == Faults(out_of_order=1)


def test_a_passage_is_compared_once_for_all_who_stand_where_it_begins() -> None:
    transcript = Transcript()
    listeners = [Listener() for _ in range(3)]
    passage = Passage([A, B, C])
    for listener in listeners:
        transcript.hear(listener, passage)
    assert (passage.start, passage.end) == (0, 3)
    passage.said = []  # so nobody could look
    late = Listener()
    transcript.hear(late, passage)
    assert late.at == 3


def test_one_that_comes_in_the_middle_begins_where_it_comes_in() -> None:
    transcript = Transcript()
    witness, late = Listener(), Listener()
    late.at = -1
    hear(transcript, late, C, D)  # the transcript does not have these yet, and not what is before them
    hear(transcript, witness, A, B, C, D, E)
    assert not transcript.is_done(late)
    hear(transcript, late, E)
    assert transcript.is_done(late)
    assert end(transcript, witness, late) == Faults()


@given(st.integers(0, 2**32), st.integers(3, 6))
def test_the_order_is_found_out_though_each_hears_all_but_its_own(seed: int, count: int) -> None:
    chance = Random(seed)
    room = [Said(index, number, 0) for number in range(1, 8) for index in chance.sample(range(count), count)]
    transcript = Transcript()
    listeners = [Listener(own=index) for index in range(count)]
    left = {listener: [said for said in room if said.sender != listener.own] for listener in listeners}
    while any(left.values()):
        listener = chance.choice([each for each in listeners if left[each]])
        size = chance.randint(1, 5)
        hear(transcript, listener, *left[listener][:size])
        del left[listener][:size]
    assert all(transcript.is_done(listener) for listener in listeners)
    assert transcript.said == room
    assert end(transcript, *listeners) == Faults()


@given(st.integers(0, 2**32), st.sampled_from(["lost", "repeated", "out_of_order"]))
def test_any_single_fault_is_found(seed: int, fault: str) -> None:
    chance = Random(seed)
    heard = list(ROOM)
    at = chance.randrange(len(heard) - 1)
    if fault == "lost":
        del heard[at]
    elif fault == "repeated":
        heard.insert(chance.randrange(at + 1, len(heard) + 1), heard[at])
    else:
        heard[at], heard[at + 1] = heard[at + 1], heard[at]
    transcript = Transcript()
    witness, other = Listener(), Listener()
    hear(transcript, witness, *ROOM)
    while heard:
        size = chance.randint(1, 4)
        hear(transcript, other, *heard[:size])
        del heard[:size]
    assert end(transcript, witness, other) == Faults(**{fault: 1})


def test_transcripts_are_alike_only_if_their_orders_are() -> None:
    digests = []
    for order in ([A, B, C], [A, B, C], [A, C, B]):
        transcript = Transcript()
        hear(transcript, Listener(), *order)
        digests.append(transcript.digest())
    assert digests[0] == digests[1] != digests[2]
