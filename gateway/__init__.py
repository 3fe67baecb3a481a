"""One chat room for two kinds of client: raw TCP (nc, telnet, scripts) and WebSocket (browsers).

The room is an append-only log; a member is a cursor in it. The parts, from the ground up, in the order to read them:

    controls    what a terminal obeys, taken out of texts
    lookalikes  what a line reads like; whether it is a secret
    messages    what is said, and by whom; cleaning text
    vocabulary  what is a command, and which there are
    phrases     what the server says, in Chinese and English
    addresses   IP addresses, in one form each
    hosts       host names and origins, as browsers send them
    files       text files that people wrote
    checks      what the value of a setting may be
    config      every setting
    logs        lines that strangers can cause, rationed
    refusals    who is turned away: a line and a count
    tasks       ends what runs in the background
    decoding    JSON from outside
    skeletons   which texts look the same
    names       what people may be called
    faults      a fault stays with the one it came from
    wires       sans-I/O: bytes in, requests out; messages in, bytes out
    metrics     what it tells of itself, for Prometheus
    stores      the log, the names, the bans: memory, sqlite, jetstream; the way to other nodes
    pages       pages of the log, in so many bytes
    feed        the newest part of the log in memory; chunks shared by (format, cursor)
    roster      who is here
    commands    what can be typed
    deadlines   one timer for everything that members wait for
    lanes       a line in which crowds wait for themselves
    turns       the input of all members, some milliseconds at a time
    gate        who may connect at all: a place for each connection
    rate        how much a member, and an address, may ask for
    forwarded   who is behind a trusted proxy
    lock        the room's password
    tls         the certificate of both listeners
    secure      what comes below TLS, in turns
    stages      how far a connection is on its way to its end
    connection  one transport: flow control, outbox, stall
    inbox       what was said and is not in the log yet
    questions   what is asked of the store, in lanes
    pump        the fan-out
    room        puts these together
    sanctions   bans and mutes: of whom, until when
    slow        slow mode
    whom        whom an operator means
    moderation  who keeps order, and what is in force
    acts        what operators can do
    house       what all members share; how something is said
    member      one connection of the room: who it is, cursor, end
    requests    what a member asks for, one at a time
    login       how somebody gets in: by the password, or a hello
    arrival     a connection that was just accepted: its place, its TLS
    tcp         the raw port
    websocket   the WebSocket connection
    handshake   by which wire a WebSocket handshake lets somebody in
    cors        what a page elsewhere may see of an answer
    stream      GET /events: a member that only listens
    openapi     what plain requests are answered with
    api         plain requests: say something, read the log
    site        the page
    web         the web port's door
    ports       listening sockets
    signals     what an operator's signals ask for
    systemd     what systemd is told
    banner      what a start says
    server      signals, start and stop
    loops       the event loops
    embedded    the nats-server of --embedded-nats
    workers     several processes for one room
    client      the client in the terminal: speaks the wires only
    swarm       the load generator: speaks the wires only
    manual      the man page and the completion
    cli         commands

Each imports only from those above it; tests/test_layers.py says so.
"""
