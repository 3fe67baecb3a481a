"""A member of the swarm, whose connection breaks."""

import socket

import pytest

from gateway.swarm.dialects import Dialect, Json, Raw
from gateway.swarm.peer import Peer
from gateway.swarm.speech import Speech
from gateway.swarm.talk import Talk

SPEECH = Speech("run", 100)


def spoken(talk: Talk, peer: Peer, now: int) -> int:
    """How much is said, of what is due."""
    count = 0
    for speaker, _ in talk.due(now):
        speaker.spoken += 1
        speaker.under_way += 1
        peer.say(speaker.spoken, "text")
        count += 1
    return count


@pytest.mark.parametrize("dialect", [Raw(SPEECH), Json(SPEECH)])
def test_who_was_cut_off_speaks_again(dialect: Dialect) -> None:
    """What was under way on a wire that can't say it again has come, or never will: nobody waits for it."""
    talk = Talk(range(1), 1, rate=1.0, window=2, messages=None, seconds=10.0)
    speaker = talk.speakers[0]
    peer = Peer(0, [("127.0.0.1", 1)], dialect, speaker)
    peer.socket, other = socket.socketpair()
    other.close()
    assert spoken(talk, peer, 0) == 2
    assert spoken(talk, peer, 1) == 0
    peer.leave()
    talk.cut_off(speaker)
    if peer.is_json:
        assert (speaker.under_way, len(speaker.unheard)) == (2, 2)  # it says them again
    else:
        assert speaker.doubtful
        assert spoken(talk, peer, 2) == 2


@pytest.mark.parametrize("dialect", [Raw(SPEECH), Json(SPEECH)])
def test_who_comes_back_begins_anew(dialect: Dialect) -> None:
    """What was left of what it had to say on its last connection, and of what it had heard, is gone with that."""
    with socket.create_server(("127.0.0.1", 0)) as gateway:
        gateway.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer = Peer(0, [gateway.getsockname()], dialect, None)
        begun, said = [], []
        for _ in range(2):
            peer.connect()
            there, _ = gateway.accept()
            with there, there.makefile("rb") as stream:
                peer.connected()
                peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
                begun.append((peer.owes, peer._tail))
                peer.send(b"|" * 10**6)  # more than the kernel takes
                assert peer.owes
                peer._tail = b"half a line"
                peer.leave()
                said.append(len(stream.read().rstrip(b"|")))
    assert begun == [(False, b"")] * 2
    assert said[0] == said[1]
