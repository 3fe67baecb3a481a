"""A gateway that takes messages back in a stream and is killed at one of its questions.

It says "acked" when the append has returned. For the tests of what is erased on JetStream.
"""

import os
import signal
from typing import Any

from gateway.stores.jetstream import JetStreamStore
from gateway.stores.jetstream.nats import Link, Place

from ...samples import a_draft
from ..deaths import die_again
from ..marks import deletion

KILLED: list[int] = []
"""The questions that are left, once they are counted."""


class Doomed(Link):
    """A connection whose questions count."""

    async def request(self, *what: Any) -> bytes:
        """Just before it is asked, all may be over; what was asked before has been answered, or not."""
        if KILLED:
            KILLED[0] -= 1
            if not KILLED[0]:
                await self.client.flush()
                os.kill(os.getpid(), signal.SIGKILL)
        return await super().request(*what)


async def take_back(url: str, questions: int) -> None:
    """Take back messages 2 and 3, beside something new, and die."""
    store = await JetStreamStore.open(Place.parse(url), 1000, 10**6, 65536)
    store._link.__class__ = Doomed
    KILLED.append(questions)
    await store.append([a_draft("beside"), deletion(2, 3)])
    print("acked", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    die_again(take_back)
