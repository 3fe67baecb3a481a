"""What stands for a transport that has ended, so that nobody has to ask whether there is one."""

import asyncio


class Nowhere(asyncio.Transport):
    """A transport that has ended, and is not kept: with TLS a real one that holds its protocol has 256 KiB."""

    def is_closing(self) -> bool:
        """See the base class."""
        return True

    def abort(self) -> None:
        """See the base class."""

    close = pause_reading = resume_reading = abort

    def write(self, data: object) -> None:
        """See the base class."""

    def get_protocol(self) -> asyncio.Protocol:
        """See the base class: nobody in particular."""
        return asyncio.Protocol()


NOWHERE = Nowhere()
