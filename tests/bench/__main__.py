"""make bench: the gateway, its rivals and the floor in turns, each on one core, the load on the other.

Bare times mean nothing on a noisy machine: what is compared was measured in the same round. `make bench` runs all,
`make bench ARGS="loops idle"` some. What it prints is Markdown; docs/benchmarks.md has one run of it.
"""

import sys

from . import backing_up, cluster, crowds, fanout, members, page, returning, searching, servers

SCENARIOS = {
    "hundred": fanout.hundred_under_way,
    "thousand": fanout.thousand_under_way,
    "ten-thousand": fanout.ten_thousand_members,
    "lone": fanout.lone_message,
    "talk": crowds.everyone_talks,
    "stalled": members.stalled,
    "idle": members.idle,
    "full": members.full_house,
    "fairness": crowds.fairness,
    "connect": crowds.connect_storm,
    "resume": members.resume_storm,
    "return": returning.return_storm,
    "loops": crowds.loops,
    "streams": members.streams,
    "search": searching.searching,
    "backup": backing_up.backing_up,
    "nats": cluster.against_sqlite,
    "gateways": cluster.several_gateways,
    "page": page.usable,
    "burst": page.burst,
}


def main(names: list[str]) -> None:
    """Run these scenarios, or all."""
    if unknown := set(names) - set(SCENARIOS):
        sys.exit(f"no such scenario: {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    servers.prepare()
    for name in names or SCENARIOS:
        print(f"\n### {SCENARIOS[name].__doc__}\n", flush=True)
        SCENARIOS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
