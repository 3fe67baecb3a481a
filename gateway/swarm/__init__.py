"""The load generator: a crowd of members that talk, and check every delivery that each of them gets.

It speaks the wires only, and so drives any gateway that does. The parts, in the order to read them:

    plan          what is asked for
    histogram     latencies, merged exactly
    speech        the messages, which can be checked
    transcript    the one order, and each member's place in it
    dialects      the client's side of the wires: bytes in, what was heard out
    talk          who speaks when
    peer          one member
    sockets       the members' sockets, on one epoll
    attendance    who is in, and who comes and goes when
    orders        what the processes tell each other
    meter         what each second brought
    crowd         the members of one process
    server        the processor time and the memory of a server on this machine
    plot          lines over time, as SVG
    report        the figures of all processes: a table, JSON, SVG
    conductor     starts the processes and leads them through the run
    display       how far it is, in a terminal
"""
