"""How far a connection is on its way to its end: whoever asks compares stages.

Two other things are no stages, since they may come at any of them: whether its peer still sends (`input_ended`), and
whether it still takes anything (`is_deaf`, and for the moment `writable`). `is_lost` is both, for good.

| from          | by       | to      | when                                                                         |
|---------------|----------|---------|------------------------------------------------------------------------------|
| OPEN          | `leave`  | LEAVING | /quit, the end of its input, a stop: it asks for nothing more                |
| LEAVING       | itself   | CLOSING | what it said is in the log, and it has what it is owed, if it takes anything |
| OPEN, LEAVING | `close`  | CLOSING | at once: banned, too slow, silent, a rule of its wire broken                 |
| OPEN, LEAVING | its loss | -       | its transport is lost; from now on CLOSING is GONE at once: nobody is to go  |
| CLOSING       | its loss | GONE    | its transport is lost: it has gone, or LINGER_SECONDS are over               |
| any           | `cut`    | GONE    | after a fault of ours                                                        |

Who is GONE has given back all that it held: its place, its name, its alarm. Why it ends is set with LEAVING or CLOSING;
it is in the log and in the metrics with CLOSING, once.
"""

from enum import IntEnum


class Stage(IntEnum):
    """In this order; a connection never goes back."""

    OPEN = 0
    LEAVING = 1
    CLOSING = 2
    GONE = 3


OPEN, LEAVING, CLOSING, GONE = Stage
