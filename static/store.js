// All that the page knows, in one place: what was said, what waits to be sent, who is here. It knows no DOM.
//
// `entries` is the log as it is shown, oldest first; `offset` is the place of the first one, so that places stay the same
// when older ones are put before it or dropped.

const MAX_ENTRIES = 20_000;
const TRIM = 2_000;
const NAMED = 5;  // who came and left, by name; the others are counted
const RESEND_FOR = 9 * 60_000;  // the server remembers for 10 minutes what it has stored
const MAX_NAMES = 1_000;

export class Store {
  // `keep(name, value)` and `recall(name)` remember things for this tab.
  constructor({keep, recall, now = () => Date.now(), random = () => crypto.randomUUID()}) {
    Object.assign(this, {keep, recall, now, random});
    this.loadedAt = now();
    this.session = recall("session") ?? "";
    this.pending = recall("pending") ?? [];
    this.isOperator = recall("operator") ?? false;
    this.position = null;
    this.name = "";
    this.members = 0;
    this.names = new Set();
    this.entries = [];
    this.offset = 0;
    this.more = false;  // whether there is something before the first
    this.asking = false;  // whether that was asked for
    this.unread = 0;
    this.mentions = 0;
    this.divider = null;  // the key of the first message that was not read
    this.attentive = true;  // whether somebody sees what comes
    this.notes = 0;
    this.lockedBy = "";  // the code of what was wrong with the password
  }

  get end() {
    return this.offset + this.entries.length;
  }

  get isEmpty() {
    return !this.entries.length && !this.pending.length;
  }

  // --- what the server tells ---

  apply(event) {
    HANDLERS[event.type]?.(this, event);
  }

  welcome({epoch, seq, resumed, session, name, members}) {
    if (!resumed) {
      const isNew = this.position && this.position.epoch !== epoch;
      this.offset = this.end;
      this.entries = [];
      this.more = seq > 0;
      this.pending = this.pending.filter(sent => !sent.seq);  // stored, and in what is shown now if anywhere
      if (isNew) this.note({kind: "fresh"});
    }
    this.asking = false;
    this.lockedBy = "";
    this.position = {epoch, seq};
    Object.assign(this, {session, name, members});
    this.keep("session", session);
  }

  message(event) {
    if (this.position) this.position.seq = Math.max(this.position.seq, event.seq);
    const entry = this.entryOf(event);
    this.entries.push(entry);
    if (this.entries.length > MAX_ENTRIES) this.dropOldest();
    this.matchPending(entry);
    if (!entry.mine && !this.attentive && entry.time > this.loadedAt - 2_000) {
      this.unread++;
      if (entry.mention) this.mentions++;
      this.divider ??= entry.key;
    }
    return entry;
  }

  page({messages, more}) {
    this.asking = false;
    this.more = more;
    const {firstSeq} = this;
    const older = messages.filter(({seq}) => seq < firstSeq).map(event => this.entryOf(event));
    this.entries.unshift(...older);
    this.offset -= older.length;
  }

  presence({members, joined, left, more}) {
    const gone = left.filter(({name}) => name !== this.name);
    const came = joined.filter(({name}) => name !== this.name);
    // More than the lists name: the number of members tells how many.
    const excess = more ? members - this.members - (joined.length - left.length) : 0;
    this.members = members;
    for (const {name} of came) this.learn(name);
    if (!came.length && !gone.length) return;
    const last = this.entries.at(-1);
    const entry = last?.kind === "presence" ? last : this.note({kind: "presence", came: [], left: [], cameMore: 0, leftMore: 0});
    entry.cameMore += add(entry.came, came) + Math.max(0, excess);
    entry.leftMore += add(entry.left, gone) + Math.max(0, -excess);
    entry.version = (entry.version ?? 0) + 1;
  }

  ack({id, seq}) {
    const sent = this.pending.find(each => each.id === id);
    if (!sent) return;
    sent.seq = seq;
    if (this.position.seq >= seq) {  // the message itself came first
      const entry = this.entries.findLast(each => each.seq === seq);
      if (entry && !entry.mine) Object.assign(entry, {mine: true, version: 1});
      this.forget(id);
    } else this.save();
  }

  error({code, message, id}) {
    const sent = id && this.pending.find(each => each.id === id);
    if (code.startsWith("password-")) this.lockedBy = code;
    else if (sent) this.fail(sent, message);
    else this.note({kind: "notice", text: message});
    if (code === "bad-session") this.keep("session", this.session = "");
  }

  // --- what the person does ---

  // Something to say, that waits until it is acked. It is said by its id, so it can be sent again.
  say(text) {
    const sent = {id: this.random(), text, at: this.now(), sentAt: 0, failed: ""};
    this.pending.push(sent);
    this.divider = null;
    this.save();
    return sent;
  }

  // What has to go out on a new connection, oldest first. What may have been stored too long ago is the person's to decide.
  toSend() {
    for (const sent of this.pending) {
      if (sent.sentAt && !sent.failed && this.now() - sent.sentAt > RESEND_FOR) this.fail(sent, "old");
    }
    return this.pending.filter(sent => !sent.failed && !sent.seq);
  }

  sent(id) {
    const sent = this.pending.find(each => each.id === id);
    sent.sentAt ||= this.now();
    this.save();
  }

  retry(id) {
    const sent = this.pending.find(each => each.id === id);
    this.forget(id);
    return this.say(sent.text);
  }

  forget(id) {
    this.pending = this.pending.filter(each => each.id !== id);
    this.save();
  }

  attend(attentive) {
    if (attentive && !this.attentive) this.unread = this.mentions = 0;
    if (!attentive && this.attentive) this.divider = null;
    this.attentive = attentive;
  }

  // --- within ---

  get firstSeq() {
    return this.entries.find(entry => entry.kind === "message")?.seq ?? Infinity;
  }

  entryOf({seq, at, from, via, text}) {
    this.learn(from);
    const mine = from === this.name;
    const entry = {key: `m${seq}`, kind: "message", seq, at, time: Date.parse(at), from, via, text, mine, mention: false};
    entry.mention = !mine && mentions(text, this.name);
    return entry;
  }

  // Its own message may come before its ack: the one that reads the same is hidden until the ack says so.
  matchPending(entry) {
    const sent = this.pending.find(each => each.seq === entry.seq)
      ?? (entry.mine && this.pending.find(each => !each.heard && each.sentAt && each.text.trim() === entry.text));
    if (!sent) return;
    entry.mine = true;
    if (sent.seq) this.forget(sent.id);
    else sent.heard = true;
  }

  fail(sent, reason) {
    sent.failed = reason;
    sent.heard = false;
    this.save();
  }

  note(entry) {
    const noted = {key: `n${this.notes++}`, time: this.now(), ...entry};
    this.entries.push(noted);
    return noted;
  }

  learn(name) {
    this.names.delete(name);
    this.names.add(name);
    if (this.names.size > MAX_NAMES) this.names.delete(this.names.values().next().value);
  }

  dropOldest() {
    this.entries.splice(0, TRIM);
    this.offset += TRIM;
    this.more = true;
  }

  save() {
    const unsaid = this.pending.filter(({seq}) => !seq);
    this.keep("pending", unsaid.map(({id, text, at, sentAt, failed}) => ({id, text, at, sentAt, failed})));
  }
}

const HANDLERS = {
  welcome: (store, event) => store.welcome(event),
  message: (store, event) => store.message(event),
  page: (store, event) => store.page(event),
  presence: (store, event) => store.presence(event),
  ack: (store, event) => store.ack(event),
  error: (store, event) => store.error(event),
  name: (store, {name}) => { store.name = name; },
  notice: (store, {code, text}) => {
    if (code === "op") store.keep("operator", store.isOperator = true);
    store.note({kind: "notice", text});
  },
  gap: (store, {from, to}) => store.note({kind: "gap", from, to}),
  who: (store, {members, names}) => {
    store.members = members;
    for (const {name} of names) store.learn(name);
  },
};

// Adds names as far as they are shown; returns how many are not.
function add(shown, people) {
  const free = Math.max(0, NAMED - shown.length);
  shown.push(...people.slice(0, free).map(({name}) => name));
  return Math.max(0, people.length - free);
}

// Whether a text speaks to this name: as a word of its own, with or without @.
export function mentions(text, name) {
  if (!name || name.startsWith("guest-")) return false;
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{N}_])${escaped}(?![\\p{L}\\p{N}_])`, "iu").test(text);
}
