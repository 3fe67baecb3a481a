"""A member of the swarm, whose connection breaks."""

import select
import socket
import struct
from collections import deque
from collections.abc import Iterator

import pytest
from websockets.http11 import Request
from websockets.server import ServerProtocol

from gateway.swarm.dialects import SUBPROTOCOL, Dialect, Heard, Json, Raw, Welcome
from gateway.swarm.peer import Peer, Phase
from gateway.swarm.plan import SwarmError
from gateway.swarm.speech import Said, Speech
from gateway.swarm.talk import Talk
from gateway.swarm.transcript import Passage

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


@pytest.fixture
def gateways() -> Iterator[list[socket.socket]]:
    """Two of one room."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        one.settimeout(10)
        other.settimeout(10)
        yield [one, other]


def test_who_comes_back_comes_to_the_next_gateway(gateways: list[socket.socket]) -> None:
    peer = Peer(1, [each.getsockname() for each in gateways], Json(SPEECH), None)
    for number in (1, 0, 1):
        peer.connect()
        gateways[number].accept()[0].close()
        peer.leave()


def test_who_can_not_connect_says_why(gateways: list[socket.socket]) -> None:
    peer = Peer(0, [gateways[0].getsockname()], Json(SPEECH), None)
    peer.connect()
    there, _ = gateways[0].accept()
    there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # it resets
    there.close()
    select.select([peer.socket], [], [], 10)
    with pytest.raises(ConnectionResetError):
        peer.connected()
    peer.leave()


def test_what_was_said_before_it_listened_is_not_timed() -> None:
    peer = Peer(0, [("127.0.0.1", 1)], Json(SPEECH), None)
    peer.since = 100
    heard = Heard()
    assert not peer.is_timely(heard)
    for sent, is_timely in ((99, False), (100, True)):
        heard.passage = Passage([Said(0, 1, sent), Said(0, 2, 200)])
        assert peer.is_timely(heard) is is_timely


@pytest.mark.parametrize("spoken", [SUBPROTOCOL, ""])
def test_the_answer_to_its_handshake_comes_in_pieces_and_with_more_behind_it(
    gateways: list[socket.socket], spoken: str
) -> None:
    peer = Peer(0, [gateways[0].getsockname()], Json(SPEECH), None)
    peer.connect()
    there, _ = gateways[0].accept()
    with there:
        peer.connected()
        server = ServerProtocol()
        server.receive_data(there.recv(65536))
        (request,) = server.events_received()
        assert isinstance(request, Request)
        assert SUBPROTOCOL in request.headers["Sec-WebSocket-Protocol"]
        response = server.accept(request)
        if spoken:
            response.headers["Sec-WebSocket-Protocol"] = spoken
        answer = response.serialize()

        def read(data: bytes) -> bytes | None:
            there.sendall(data)
            select.select([peer.socket], [], [], 10)
            return peer.read()

        assert [read(answer[:20]), read(answer[20:40]), peer.phase] == [None, None, Phase.UPGRADING]
        if spoken:
            assert read(answer[40:] + b"more") == b"more"
            assert (peer.phase, peer._tail) == (Phase.ENTERING, b"")
        else:
            with pytest.raises(SwarmError, match="no chat gateway"):
                read(answer[40:])
    peer.leave()


@pytest.mark.parametrize("dialect", [Raw(SPEECH), Json(SPEECH)])
def test_what_was_said_while_it_was_away_is_said_if_the_wire_can(dialect: Dialect) -> None:
    speaker = Talk(range(1), 1, rate=1.0, window=2, messages=None, seconds=10.0).speakers[0]
    peer = Peer(0, [("127.0.0.1", 1)], dialect, speaker)
    peer.socket, other = socket.socketpair()
    with other:
        peer.say(1, "one")
        peer.say(2, "two")
        peer.enter(Welcome("session", "epoch", 7))
        assert (peer.phase, peer.session, peer.epoch, peer.seq) == (Phase.IN, "session", "epoch", 7)
        assert speaker.doubtful is not peer.is_json
        peer.listener.at = 5
        peer.listener.ahead = deque()
        peer.leave()
        sizes = [len(dialect.say(number, text)) for number, text in ((1, "one"), (2, "two"))]
        assert len(other.recv(65536)) == (sum(sizes) if peer.is_json else 0)
    assert (peer.listener.at, peer.listener.ahead) == ((5, deque()) if peer.is_json else (-1, None))
