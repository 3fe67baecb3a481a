"""The door of a room by the raw wire: whether it wants a password before it hears us. The post's server never tells.

As long as that is not known, what is said may come to a door that is shut: then it is taken back, to be said again.
"""

from enum import Enum, auto


class Door(Enum):
    """As one connection finds it."""

    UNKNOWN = auto()  # nobody has told
    SHUT = auto()  # a password is waited for
    OPEN = auto()  # the room has no password, or has got it: what comes is heard
