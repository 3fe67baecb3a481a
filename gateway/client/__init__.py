"""The client in the terminal: people talk, scripts pipe. It speaks the wires only, so any gateway will do.

The parts, in the order to read them:

    address     where the room is
    told        what a server tells
    link        the way to a room, whatever it speaks: what is not acked is kept
    websocket   a link by chat.v1.json: acks, resume
    notices     what the raw wire's notices are about
    stranger    what it is that answers where no room greets
    dead        a path on which nothing arrives
    raw         a link by the raw wire, to the post's own server too
    screen      how things look
    terminal    a person at a terminal
    stdin       what is piped in, as texts
    pipe        lines in, lines or JSON out
    run         which of these it is
"""
