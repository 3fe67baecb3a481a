"""Why a peer is not read. While there is any Hold, TCP's back-pressure slows the sender, and nothing is dropped."""

from enum import IntEnum


class Hold(IntEnum):
    """Why a peer is not read. A peer's `holds` are the sum of these: 0 while there are none.

    An IntFlag is asked and changed in Python, which is dear for what each end and each full turn does.
    """

    RATE = 1  # it asks for too much
    OUTBOX = 2  # it does not take its answers
    INBOX = 4  # the room has no place, or the store fails
    STORE = 8  # its last question to the store is not answered
    TURN = 16  # its turn is over, and others have theirs
    LOG = 32  # what it said before timing marks is not in the log yet, and too much waits behind them
    STOP = 64  # the gateway stops
