"""What costs us more than the bytes that came counts as so many of a member's, and of its address's: see `rate`."""

from ..wires.answers import Found, Page, Who

READ_BYTES = 128
"""What comes in one read, at the least: it takes some 25 us, however little comes."""

WORK_BYTES = 4096
"""TOKENS of the raw wire that came to nothing, besides their own bytes: telnet's commands are dear."""

FRAME_BYTES = 256
"""A WebSocket frame, besides its payload: an empty one costs us much and its sender six bytes."""

DEAF_BYTES = 6
"""Bytes that must have come for each request of who is gone, as a frame's head has: in deflate a kilobyte can be 17,000
requests.
"""

DEFLATED = 8
"""Times that a byte of a compressed message counts: to inflate what somebody made up for that takes 0.3 us a byte. Of
what people say one becomes some four.
"""

REPLY_BYTES = 256
"""An answer of the wire's own: it is one write, caused by some three bytes.

One that waits for a text of its own is paid by that.
"""

PASSED_BYTES = 256
"""A request which is decoded and not done."""

RESUME_BYTES = 16 * 1024
"""To come in anywhere but at the head: a chunk may have to be made for that place alone."""

MESSAGE_BYTES = 160
"""Each message of a page, besides the text."""

PERSON_BYTES = 48
"""Each person of an answer, besides the name."""

TOLD = 8
"""Bytes of an answer's texts and names that count as one: they are as long as others made them, and what these made
long is not to keep a reader waiting, nor whoever has its address."""

COUNTED = (Page, Found, Who)
"""The answers that count."""


def cost_of(answer: Page | Found | Who) -> int:
    """What an answer counts as."""
    if isinstance(answer, Page | Found):
        return sum(MESSAGE_BYTES + len(message.text.encode()) // TOLD for message in answer.messages)
    return sum(PERSON_BYTES + len(person.name.encode()) // TOLD for person in answer.names)
