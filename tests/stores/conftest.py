"""The real nats-server, for the stores that need one."""

from ..nats import nats as nats
from ..nats import nats_cluster as nats_cluster
