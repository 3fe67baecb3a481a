"""Why a peer is not read. While there is any Hold, TCP's back-pressure slows the sender, and nothing is dropped."""

from enum import IntFlag


class Hold(IntFlag):
    """Why a peer is not read."""

    RATE = 1  # it asks for too much
    OUTBOX = 2  # it does not take its answers
    INBOX = 4  # the room has no place, or the store fails
    STORE = 8  # its last question to the store is not answered
    TURN = 16  # its turn is over, and others have theirs
    LOG = 32  # what it said before timing marks is not in the log yet, and too much waits behind them


NO_HOLD = Hold(0)
"""There is one object of it: to compare with that takes a fifth of asking a flag whether it is any."""
