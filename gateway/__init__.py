"""One chat room for two kinds of client: raw TCP (nc, telnet, scripts) and WebSocket (browsers).

It began with a blog post on epoll, whose small protocol the raw wire still speaks: "the post" is that one.

The room is an append-only log; a member is a cursor in it. The parts, from the ground up, in the order to read them:

    decoding        JSON from outside
    causes          why something of the system's failed, in words
    text/           what can be in a text
        sets        sets of characters, as patterns have them
        controls    what a terminal obeys, taken out of texts
        lookalikes  what a line reads like; whether it is a secret
        rows        what a terminal wraps to the beginning of a row
        skeletons   which texts look the same
        ids         whether a name holds a public id in brackets
        words       whether a text holds some words
        accents     how one types a name without its accents
        characters  which a name may be made of
    messages        what is said, and by whom; cleaning text
    vocabulary      what is a command, and which there are
    searches        what somebody looks for, as it is typed
    reasons         why something is not done: the words, a request's status, whether it is counted
    wording         what the server says, in Chinese and English
    phrases         the same in one of them, filled in
    addresses       IP addresses, in one form each
    hosts           host names and origins, as browsers send them
    config/
        files       text files that people wrote
        checks      what the value of a setting may be
        __init__    every setting
        table       what is to be known of each
        sources     flags, environment and file
        changes     what another reading of them changes
    logs            what a line of the log is; those that strangers can cause, rationed
    refusals        who is turned away: a line and a count
    names           what people may be called
    people          who is in the room, as others are told of them
    faults          a fault stays with the one it came from
    tasks           ends what runs in the background, and waits for nothing that may hang
    signals         heard in the loop, and how they come to mean nothing
    wires/          sans-I/O: bytes in, requests out; messages in, bytes out
        events      what is asked for
        answers     what is told to one alone
        closing     how a connection ends
        __init__    what each wire is
        frames      WebSocket frames for many
        plain       how messages read as plain text
        lines       the line form, for who types lines
        opening     what comes first on the raw port: is it for us?
        editing     a line that is typed, and what is taken back of it
        telnet      telnet's commands, taken out
        framing     where a message ends on the raw wire
        raw         the raw wire
        bodies      messages and answers in JSON, whatever they are sent in
        json        chat.v1.json
        text        WebSocket without a subprotocol
        stream      GET /events
        commands    what a typed line asks for
        http        heads of requests
        proxy       the PROXY protocol
        forwarded   who is behind a trusted proxy
    metrics         what it tells of itself, for Prometheus
    stores/         the log, the names, the bans
        records     what comes out of a store, checked
        nodes       the way to other nodes
        __init__    the contract
        credentials who we are to NATS, as files say it that are read again
        namesakes   which names are kept where two of before are one today
        wall        the machine's time
        memory      one that forgets
        schema      the tables of the SQLite store
        ownership   whose file it is
        retention   what leaves that store's log
        keys        say-keys, in that store
        wal         its WAL, and how a file without that is known
        reading     what is read of its log, some at a time
        pragmas     how SQLite is to go about the file
        database    the file, used by one thread
        copying     copies of that file
        holders     who holds which name, in that file
        explained   what is wrong with that file
        sqlite      the store for one gateway
        filling     a room in a file, filled from another one
        untouched   one that is read and stays as it is
        placing     a room's file put in its place, and what was there aside
        files       what --store says of a room in a file
        jetstream/  the store for many, over NATS
            shortcut    a shorter way through nats-py
            nats        the connection
            consumer    what is pulled out of a stream
            bucket      key-value buckets
            broadcast   what nodes tell each other
            disk        what a nats-server says of its disk
            known       what a stream is known to hold
            delivery    what comes out of a stream
            lease       that a node lives
            entries     on which nodes a name is held
            names       who holds which name
            bans        who may not come
            clock       what time it is in a room
            stream      what goes into a stream, and is erased there
            storing     groups of it, each message once
            runs        of its seqs
            erasure     what was taken back, erased
            pages       what is read of a stream
            rights      whether NATS lets us
            __init__    puts these together
            filling     a room in NATS, filled from another one
            rooms       what --store says of a room in NATS
        opening     which module has a store
    guard/          who may, how much, for how long
        shared      what workers count together
        gate        who may connect at all: a place for each connection
        buckets     what is left of so much a second
        rate        how much a member, and an address, may ask for
        lock        the room's password
        stages      how far a connection is on its way to its end
        holds       why a peer is not read
        deadlines   one timer for everything that members wait for
        lanes       a line in which crowds wait for themselves
        turns       the input of all members, some milliseconds at a time
    room/           the log in memory and who is here; knows no transport
        blocks      blocks of it in memory, and where chunks end
        pieces      pieces of its older part
        bygone      what was taken back lately, and who said it
        feed        the newest part of the log in memory; chunks shared by (format, cursor)
        past        the older log, less what was taken back meanwhile
        pages       pages of the log, in so many bytes
        outage      a store that fails, and is asked again
        pump        the fan-out
        changes     who came, and who left
        elsewhere   who is on other nodes, as far as they tell
        roster      who is here
        inbox       what was said and is not in the log yet
        questions   what is asked of the store, in lanes
        naming      what people are called
        query       what somebody looks for in the log
        search      one search: how far it is, and its end
        finding     all searches of a node, in turns
        room        puts these together
        expiry      what is too old to be kept
        sanctions   bans and mutes: of whom, until when
        slow        slow mode
        slices      a crowd, looked at some at a time
        whom        whom an operator means
        operators   who has given the admin password
        moderation  who keeps order, and what is in force
        reconciling what is in force here, brought in line with the store and other nodes
        acts        what operators can do
        authors     who said what
        retraction  what was said is taken back
        purge       all that somebody ever said is erased
    members/        one connection each
        secure      what comes below TLS, in turns
        nowhere     what stands for a transport that has ended
        endpoints   the addresses of both ends of a transport
        untaken     what was written and its kernel has not yet
        delivery    straight to the socket, in few cache lines
        marks       timing marks that wait for the log
        outbox      what is for one peer alone
        connection  one transport: flow control, rate, stall
        unread      who has not taken what is taken back is cut off
        house       what all members share; how something is said
        costs       what counts as more bytes than came
        member      one connection of the room: who it is, cursor, end
        login       how somebody gets in: by the password, or a hello
        requests    what a member asks for, one at a time
        arrival     a connection that was just accepted: its place
        listener    a port that speaks TLS: what comes before that, the handshake
        tcp         the raw port
        controls    control frames of a WebSocket client
        parser      half a message of a WebSocket client
        websocket   the WebSocket connection
        handshake   by which wire a WebSocket handshake lets somebody in
        stream      GET /events: a member that only listens
    web/            the web port
        cors        what a page elsewhere may see of an answer
        openapi     what plain requests are answered with
        admission   who may ask for something
        visitor     who says one thing by a request
        said        what a request says, in whatever body
        api         plain requests: say something, read the log
        bundle      the page's modules as one script
        site        the page
        visit       a request to the site, and nothing behind it
        door        whom a request is for, by its head
        entry       who connects to the port is at a door
    upkeep/         what an operator does with a room
        words       what is said over the control socket
        places      where that is
        asking      asks a running gateway there
        control     the socket of a running gateway
        carrying    a room carried from one store to another
        backup      a copy of a room
        lines       a room as lines of JSON
        desk        what it answers there
        passing     what the parent of workers answers there: it asks them
        saving      a file that is whole, or not there
        restoring   a copy becomes a room again
        moving      a room filled from another one, or from lines; counted
        keeping     what the commands do that keep a room
    serving/        the process
        ports       which there are, and where
        sockets     those that listen
        ending      when something ends that is to be renewed
        tls         the certificate of both listeners
        stderr      what the operator reads, by a thread of its own
        signals     what an operator's signals ask for
        collector   when everything is looked at for what holds itself
        systemd     what systemd is told
        kept        files that say who we are to NATS
        reload      all settings read again
        worker      what a worker and its parent say to each other
        banner      what a start says
        watch       what the metrics tell of how things are
        leaving     how all are sent away
        listeners   what accepts, and for whom
        server      start and stop
        loops       the event loops
        child       a process that is kept running
        embedded    the nats-server of --embedded-nats
        check       whether it could be opened
        workers     several processes for one room
    client/         the client in the terminal: speaks the wires only
    swarm/          the load generator: speaks the wires only
    manual          the man page and the completion
    cli/            commands
        options     what an option's value may be; how a mistake in one is told
        streams     the standard streams; how a failure is told
        serve       gateway serve
        ready       gateway ready
        swarm       gateway swarm
        chat        gateway chat
        table       a table on a terminal
        progress    a bar on a terminal
        upkeep      gateway status, reload, backup, restore, export, import, move
        __init__    all commands, and how they end

Each imports only from those above it; tests/test_layers.py says so.
"""
