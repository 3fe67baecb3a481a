// The connection to the room: chat.v1.json with resume. It knows no DOM.
// What is said is kept until it is acked, and said again with the same id after a reconnect: the server says it once.

const FIRST_DELAY = 500;
const LAST_DELAY = 20_000;
const HISTORY = 100;

export class Connection {
  // `memory` remembers {session, name}; `listener(event)` hears every event, and {type: "state", state}.
  constructor(url, memory, listener) {
    this.url = url;
    this.memory = memory;
    this.listener = listener;
    this.after = null;
    this.unacked = new Map();
    this.attempts = 0;
    this.timer = 0;
    this.socket = null;
  }

  open() {
    clearTimeout(this.timer);
    if (this.socket) return;
    this.tell({type: "state", state: "connecting"});
    const socket = new WebSocket(this.url, "chat.v1.json");
    this.socket = socket;
    socket.onopen = () => this.greet();
    socket.onmessage = ({data}) => data.split("\n").forEach(line => this.hear(JSON.parse(line)));
    socket.onclose = ({code}) => this.lost(code);
  }

  say(text) {
    const id = crypto.getRandomValues(new Uint32Array(3)).join("-");
    this.unacked.set(id, text);
    this.send({type: "say", id, text});
    return id;
  }

  send(event) {
    if (this.isIn) this.socket.send(JSON.stringify(event));
    return this.isIn;
  }

  get isIn() {
    return this.socket?.readyState === WebSocket.OPEN && this.welcomed;
  }

  tell(event) {
    this.listener(event);
  }

  greet() {
    const {session, name} = this.memory.read();
    const hello = {type: "hello", history: HISTORY};
    if (session) hello.session = session;
    if (name) hello.name = name;
    if (this.after) hello.after = this.after;
    this.socket.send(JSON.stringify(hello));
  }

  hear(event) {
    switch (event.type) {
      case "welcome":
        this.welcomed = true;
        this.attempts = 0;
        this.after = {epoch: event.epoch, seq: event.seq};
        this.memory.write({session: event.session});
        for (const [id, text] of this.unacked) this.send({type: "say", id, text});
        this.tell(event);
        this.tell({type: "state", state: "in"});
        return;
      case "message":
        this.after.seq = event.seq;
        break;
      case "ack":
        this.unacked.delete(event.id);
        break;
      case "error":
        if (event.id) this.unacked.delete(event.id);
        if (event.code === "bad-session") this.memory.write({session: ""});
        break;
    }
    this.tell(event);
  }

  lost(code) {
    this.socket = null;
    this.welcomed = false;
    // 4500 and above: do not come back; 4001: this session is in another tab.
    if (code === 4001 || code >= 4500) {
      this.tell({type: "state", state: code === 4001 ? "replaced" : "refused"});
      return;
    }
    const delay = Math.random() * Math.min(LAST_DELAY, FIRST_DELAY * 2 ** this.attempts++);
    this.tell({type: "state", state: "lost"});
    this.timer = setTimeout(() => this.open(), delay);
  }
}
