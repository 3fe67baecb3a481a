"""One process of the swarm; that it finds faults is shown in tests/e2e/test_swarm.py."""

from multiprocessing import Pipe

import pytest

from gateway.swarm.crowd import Crowd
from gateway.swarm.peer import Peer, Phase
from gateway.swarm.speech import Speech
from gateway.wires.frames import plain_frame
from gateway.wires.json import JSON

from ..samples import a_message
from .test_plan import plan

WELCOME = b'{"type":"welcome","session":"s","epoch":"e","seq":5,"resumed":true}'


def test_one_that_hears_something_right_behind_its_welcome_goes_on_behind_that(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = Pipe()
    one = plan(tcp=0, ws=2)
    crowd = Crowd(one, 0, theirs)
    text = Speech(one.run, one.size).compose(0, 1, 1)
    data = plain_frame(WELCOME) + JSON.join([JSON.encode(a_message(text, seq=6))])
    monkeypatch.setattr(Peer, "read", lambda self: data)
    peer = crowd._all[1]
    peer.phase = Phase.ENTERING
    crowd._hear(peer)
    assert peer.phase is Phase.IN
    assert (peer.session, peer.seq) == ("s", 6)
    ours.close()
    theirs.close()
