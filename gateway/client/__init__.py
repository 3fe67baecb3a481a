"""The client in the terminal: people talk, scripts pipe. It speaks the wires only, so any gateway will do.

The parts, in the order to read them:

    address     where the room is
    told        what a server tells
    ledger      what was said, and how far it is known to be stored
    session     what passes between us and a room, over all connections; no transport, no clock
    notices     what a server's words are about where they have no code, or a number
    json_session   one by chat.v1.json: acks, resume
    framing     the raw wire's bytes as texts
    greeting    what a server says first
    lines       what a text is in the line form, and in the post's
    times       when something was said, by the raw wire
    marks       what a gateway's answer to a timing mark tells
    door        whether a room wants a password before it hears us
    raw_session    one by the raw wire, to the post's own server too
    link        a connection that comes back: moves bytes and waits
    tls         whom we believe
    road        a connection to where the room is
    stranger    what it is that answers where no room does
    websocket   a link by WebSocket
    dead        a path on which nothing arrives
    raw         a link by TCP
    code        what of a text is code
    screen      how things look
    mentions    whether a text speaks to us
    folding     long texts, as much as is drawn
    recent      what was told last, less what was taken back
    choosing    a message that is chosen, to be answered or taken back
    timeline    messages, and the lines between them
    people      who is here: whom Tab completes
    memory      what is remembered of a server
    signals     being stopped
    backlog     what was told and is not shown yet
    conversation   what a person wants, whatever the terminal can
    status      the line below, and the title
    typed       what was typed before, and how it is completed
    terminal    a person at a terminal
    stdin       what is piped in, as texts
    dumb        a person at a terminal that can only print
    stdout      lines out, whole or not at all
    progress    how far a pipe is
    refused     what was not said, told and counted
    pipe        lines in, lines or JSON out
    run         which of these it is
"""
