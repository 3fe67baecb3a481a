// All that the page knows: what was said, what waits to be sent, who is here. It knows no DOM.
//
// `entries` is the log as it is shown, oldest first; `offset` is the place of the first, so that places stay the same.

import {mentions} from "./mentions.js";
import {add, nothing} from "./presence.js";
import {Unread} from "./unread.js";

const MAX_ENTRIES = 20_000;
const MAX_CHARACTERS = 16_000_000;
const TRIM = 2_000;
const RESEND_FOR = 9 * 60_000;  // the server remembers for 10 minutes
const MAX_NAMES = 1_000;
export const ANSWER_WITHIN = 30_000;

export class Store {
  // `keep(name, value)` and `recall(name)` remember things for this tab.
  constructor({keep, recall, now = () => Date.now(), ticks = () => performance.now(), random = randomId}) {
    Object.assign(this, {keep, recall, now, ticks, random});
    this.session = recall("session") || "";
    this.pending = listOf(recall("pending"));
    this.isOperator = recall("operator") === true;
    Object.assign(this, {position: null, name: "", members: 0, names: new Set()});
    this.here = new Set();  // the names of who is here, once that was asked for
    this.by = "";  // the public id by which others know us
    Object.assign(this, {entries: [], characters: 0, offset: 0, notes: 0});
    this.more = false;  // whether there is something before the first
    this.asking = false;  // whether that was asked for
    this.unread = new Unread();
    this.isIn = false;
    this.answeredAt = 0;
    this.lockedBy = "";  // what was wrong with the password
  }

  get end() {
    return this.offset + this.entries.length;
  }

  get isEmpty() {
    return !this.entries.length && !this.pending.length;
  }

  // What can't be taken is shown as that, and what comes after it is taken.
  apply(event) {
    try {
      HANDLERS[event.type]?.(this, event);
    } catch (error) {
      this.fault(error);
    }
    // Last of all: it must not pass what is not shown.
    if (event.type === "message" && Number.isInteger(event.seq) && event.seq > this.position?.seq) this.position.seq = event.seq;
  }

  welcome({epoch, seq, resumed, session, id, name, members}) {
    if (!resumed) {
      const isNew = this.position && this.position.epoch !== epoch;
      Object.assign(this, {offset: this.end, entries: [], characters: 0, more: seq > 0});
      this.pending = this.pending.filter(sent => !sent.seq);  // stored, and in what is shown now if anywhere
      if (isNew) this.note({kind: "fresh"});
    }
    if (this.session && session !== this.session) this.disown();
    Object.assign(this, {session, by: id, name, members, position: {epoch, seq}, isIn: true, asking: false, lockedBy: "", answeredAt: this.ticks()});
    this.keep("session", session);
  }

  // All that comes so is new: what was said before we came is asked for, and is a page.
  message(event) {
    const entry = this.entryOf(event);
    this.entries.push(entry);
    this.characters += entry.text.length;
    if (this.entries.length > MAX_ENTRIES || this.characters > MAX_CHARACTERS) this.dropOldest();
    this.matchPending(entry);
    this.unread.come(entry);
  }

  page({messages, more}) {
    const {entries, firstSeq} = this;
    this.entries = [];
    for (const event of messages) {
      try {
        if (event.seq < firstSeq) this.matchPending(this.entries[this.entries.push(this.entryOf(event)) - 1]);
      } catch (error) {
        this.fault(error, event.seq);
      }
    }
    this.offset -= this.entries.length;
    this.characters += charactersOf(this.entries);
    this.unread.found(this.entries);
    this.entries.push(...entries);
    Object.assign(this, {asking: false, more});
  }

  presence({members, joined, left, more, renamed = []}) {
    const [was, is] = ["from", "to"].map(end => new Set(renamed.map(each => each[end])));
    const gone = left.filter(each => !this.isMe(each) && !was.has(each.name));
    const came = joined.filter(each => !this.isMe(each) && !is.has(each.name));
    // Of those that the lists do not name the number of members tells.
    const excess = more ? members - this.members - (joined.length - left.length) : 0;
    this.members = members;
    for (const {name} of left) this.here.delete(name);
    for (const {name} of joined) this.here.add(name);
    const others = renamed.filter(({to}) => !this.isMe(joined.find(({name}) => name === to) ?? {name: to}));
    for (const name of [...came.map(each => each.name), ...others.map(({to}) => to)]) this.learn(name);
    if (!came.length && !gone.length && !others.length) return;
    const entry = this.continued({kind: "presence", ...nothing()});
    add(entry, {came: came.map(({name}) => name), left: gone.map(({name}) => name), renamed: others, excess});
    entry.version = (entry.version ?? 0) + 1;
  }

  ack({id, seq}) {
    this.answeredAt = this.ticks();
    const sent = this.waiting(id);
    if (!sent) return;
    Object.assign(sent, {seq, failed: ""});
    if (this.position.seq >= seq) {  // the message itself came first
      const entry = this.entries.find(each => each.seq === seq);
      if (entry && !entry.mine) Object.assign(entry, {mine: true, version: 1});
      this.forget(id);
    } else this.save();
  }

  error({code, message, id}) {
    const sent = this.waiting(id);
    if (code.startsWith("password-")) this.lockedBy = code;
    else if (sent) this.fail(sent, message);
    else this.note({kind: "notice", text: message});
    if (code === "store-unreadable") this.asking = false;
    if (code === "op-needed") this.becomeOperator(false);
    if (code === "bad-session") {
      this.disown();
      this.keep("session", this.session = "");
    }
  }

  fault(error, seq) {
    console.error(error);
    this.continued({kind: "fault", seq});
  }

  // It waits until it is acked.
  say(text, kind) {
    const sent = {id: this.random(), text: wellFormed(text), kind, at: this.now(), sentAt: 0, failed: ""};
    this.pending.push(sent);
    this.unread.divider = null;
    this.save();
    return sent;
  }

  // What has to go out on a new connection. What may have been stored too long ago is the person's to decide.
  toSend() {
    for (const sent of this.pending) {
      if (sent.sentAt && !sent.failed && !this.isFresh(sent)) this.fail(sent, "old");
    }
    return this.pending.filter(sent => !sent.failed && !sent.seq);
  }

  // Of a clock that was set back nobody knows how long ago it was.
  isFresh({sentAt}) {
    return Math.abs(this.now() - sentAt) <= RESEND_FOR;
  }

  sent(id) {
    const sent = this.waiting(id);
    sent.sentAt ||= this.now();
    sent.askedAt = this.ticks();
    this.save();
  }

  // Marks what gets no answer while no other does either; whether there was any.
  judge() {
    const since = sent => this.ticks() - Math.max(sent.askedAt, this.answeredAt);
    const late = this.pending.filter(sent => sent.askedAt && !sent.failed && !sent.seq && since(sent) >= ANSWER_WITHIN);
    for (const sent of late) this.fail(sent, "unanswered");
    return late.length > 0;
  }

  // The connection is gone, and all answers with it: what waits for one goes out again on the next.
  lost() {
    this.isIn = false;
    for (const sent of this.pending) {
      sent.askedAt = 0;
      if (sent.failed === "unanswered") sent.failed = "";
    }
  }

  // What may be stored keeps its id, so that it is not said twice.
  retry(id) {
    const sent = this.waiting(id);
    const isSame = sent.failed === "unanswered" && this.isFresh(sent);
    if (isSame) return Object.assign(sent, {failed: ""});
    this.forget(id);
    return this.say(sent.text, sent.kind);
  }

  forget(id) {
    this.pending = this.pending.filter(each => each.id !== id);
    this.save();
  }

  get firstSeq() {
    return this.entries.find(entry => entry.seq)?.seq ?? (this.position ? this.position.seq + 1 : Infinity);
  }

  // Older servers tell names alone, and so do old messages.
  isMe({by, name}) {
    return by ? by === this.by : name === this.name;
  }

  // Whom one can mention: who is here, those first who were heard of last.
  get company() {
    const heard = [...this.names].reverse().filter(name => !this.here.size || this.here.has(name));
    return [...new Set([...heard, ...this.here])].filter(name => name !== this.name);
  }

  becomeOperator(isOperator) {
    this.isOperator = isOperator;
    this.keep("operator", isOperator);
  }

  // What waits was written as somebody else than we are now.
  disown() {
    for (const sent of this.pending) {
      if (!sent.failed && !sent.seq) this.fail(sent, "other");
    }
  }

  entryOf({seq, at, from, by, via, text, kind}) {
    const time = Date.parse(at);
    if (!Number.isInteger(seq) || !time || !from.trim || !text.trim) throw new TypeError("a message has a seq, a time, a sender and a text");
    this.learn(from);
    const mine = this.isMe({by, name: from});
    const mention = !mine && mentions(text, this.name, this.names);
    return {key: `m${seq}`, kind: "message", seq, time, from, by, via, text, mine, mention, isAction: kind === "action"};
  }

  waiting(id) {
    return this.pending.find(each => each.id === id);
  }

  // Its own message may come before its ack: the one that reads the same is hidden until then.
  matchPending(entry) {
    const text = entry.text.trim();
    const sent = this.pending.find(each => each.seq === entry.seq)
      ?? (entry.mine && this.pending.find(each => !each.heard && each.sentAt && each.text.trim() === text));
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

  // The last entry if it is of that kind, else a new one.
  continued(entry) {
    const last = this.entries[this.entries.length - 1];
    return last?.kind === entry.kind ? last : this.note(entry);
  }

  learn(name) {
    this.names.delete(name);
    this.names.add(name);
    if (this.names.size > MAX_NAMES) this.names.delete(this.names.values().next().value);
  }

  dropOldest() {
    const dropped = this.entries.splice(0, Math.min(TRIM, this.entries.length >> 1));
    this.characters -= charactersOf(dropped);
    for (const {seq} of dropped) this.unread.mentions.delete(seq);
    this.offset += dropped.length;
    this.more = true;
  }

  save() {
    const unsaid = this.pending.filter(({seq}) => !seq);
    this.keep("pending", unsaid.map(({id, text, kind, at, sentAt, failed}) => ({id, text, kind, at, sentAt, failed})));
  }
}

const HANDLERS = {
  __proto__: null,
  ...Object.fromEntries(["welcome", "message", "page", "presence", "ack", "error"].map(type => [type, (store, event) => store[type](event)])),
  name: (store, {name}) => { store.name = name; },
  notice: (store, {code, text}) => {
    if (code === "op") store.becomeOperator(true);
    store.note({kind: "notice", text});
  },
  gap: (store, {from, to}) => store.note({kind: "gap", from, to}),
  who: (store, {members, names}) => {
    store.members = members;
    store.here = new Set(names.map(({name}) => name));
  },
};

// 128 random bits; crypto.randomUUID is for secure contexts, and http from another machine is none.
function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, "0")).join("");
}

// Half of a surrogate pair can't be sent.
export function wellFormed(text) {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}

const charactersOf = entries => entries.reduce((sum, {text}) => sum + (text?.length ?? 0), 0);

function listOf(value) {
  return Array.isArray(value) ? value.filter(each => each?.id && typeof each.text === "string") : [];
}
