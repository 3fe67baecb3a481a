"""The real nats-server, for rooms that are there."""

from ..nats import nats as nats
