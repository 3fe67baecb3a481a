// The store: what was said, what waits, what is new.

import {Store, mentions} from "../store.js";
import {equal, ok} from "./check.js";

const AT = "2026-11-24T11:00:00.000Z";

function make(kept = {}) {
  const clock = {now: Date.parse(AT)};
  let count = 0;
  const store = new Store({
    keep: (name, value) => { kept[name] = JSON.stringify(value); },
    recall: name => JSON.parse(kept[name] ?? "null"),
    now: () => clock.now,
    random: () => `id${count++}`,
  });
  const welcome = more => store.apply({
    type: "welcome", epoch: "e", seq: 0, resumed: false, session: "s", name: "ann", members: 1, ...more,
  });
  const message = (seq, from = "bob", text = `text ${seq}`) => store.apply({type: "message", seq, at: AT, from, via: "tcp", text});
  return {store, clock, kept, welcome, message};
}

const seqs = store => store.entries.map(({seq}) => seq);
const waiting = store => store.pending.map(({text}) => text);

export const cases = {
  "messages are kept in order, and move the position"() {
    const {store, welcome, message} = make();
    welcome({seq: 4});
    message(5);
    message(7);
    equal(seqs(store), [5, 7]);
    equal(store.position, {epoch: "e", seq: 7});
  },

  "what is said waits until it is acked, and is shown once when the ack comes first"() {
    const {store, welcome, message} = make();
    welcome();
    const {id} = store.say("hello");
    store.sent(id);
    equal(waiting(store), ["hello"]);
    store.apply({type: "ack", id, seq: 1});
    equal(store.toSend(), []);
    equal(waiting(store), ["hello"]);
    message(1, "ann", "hello");
    equal(waiting(store), []);
    ok(store.entries[0].mine);
  },

  "it is shown once when the message comes first"() {
    const {store, welcome, message} = make();
    welcome();
    const {id} = store.say("hello");
    store.sent(id);
    message(1, "ann", "hello");
    ok(store.pending[0].heard, "it is shown twice");
    store.apply({type: "ack", id, seq: 1});
    equal(waiting(store), []);
  },

  "somebody else's message does not hide ours"() {
    const {store, welcome, message} = make();
    welcome();
    store.sent(store.say("hello").id);
    message(1, "bob", "hello");
    ok(!store.pending[0].heard);
  },

  "a refused one stays, with the reason, and can be sent again or dropped"() {
    const {store, welcome} = make();
    welcome();
    const {id} = store.say("hello");
    store.apply({type: "error", code: "too-long", message: "too long", id});
    equal(store.pending[0].failed, "too long");
    equal(store.toSend(), []);
    const again = store.retry(id);
    ok(again.id !== id, "a new try needs a new id");
    equal(store.toSend().map(sent => sent.id), [again.id]);
    store.forget(again.id);
    equal(waiting(store), []);
  },

  "what waits survives a reload, in order, with its ids; what was acked does not"() {
    const {store, welcome, kept} = make();
    welcome();
    store.say("one");
    const {id} = store.say("two");
    store.say("three");
    store.apply({type: "ack", id, seq: 9});
    const {store: reloaded} = make(kept);
    equal(reloaded.toSend().map(sent => [sent.id, sent.text]), [["id0", "one"], ["id2", "three"]]);
    equal(reloaded.session, "s");
  },

  "what may have been stored too long ago is for the person to decide; what never went out is not"() {
    const {store, clock, welcome} = make();
    welcome();
    store.sent(store.say("went out").id);
    store.say("never did");
    clock.now += 11 * 60_000;
    equal(store.toSend().map(({text}) => text), ["never did"]);
    equal(store.pending[0].failed, "old");
  },

  "a resume goes on; a new log begins anew, and says so"() {
    const {store, welcome, message} = make();
    welcome({seq: 4});
    message(5);
    welcome({seq: 5, resumed: true});
    message(6);
    equal(seqs(store), [5, 6]);
    welcome({epoch: "other", seq: 0});
    equal(store.entries.map(({kind}) => kind), ["fresh"]);
  },

  "older messages go before the others, and places stay"() {
    const {store, welcome, message} = make();
    welcome({seq: 4});
    message(5);
    const place = store.offset;
    store.apply({type: "page", messages: [3, 4, 5].map(seq => ({seq, at: AT, from: "bob", via: "web", text: ""})), more: false});
    equal(seqs(store), [3, 4, 5]);
    equal([store.offset, store.end - 1], [place - 2, place]);
    equal(store.more, false);
  },

  "a gap is an entry"() {
    const {store, welcome, message} = make();
    welcome({seq: 4});
    message(5);
    store.apply({type: "gap", from: 6, to: 9});
    message(10);
    equal(store.entries.map(({kind}) => kind), ["message", "gap", "message"]);
  },

  "joins and leaves in a row are one entry, with few names"() {
    const {store, welcome, message} = make();
    welcome();
    const people = (from, to) => Array.from({length: to - from}, (_, index) => ({name: `p${from + index}`, via: "tcp"}));
    store.apply({type: "presence", members: 3, joined: people(0, 2), left: [], more: false});
    store.apply({type: "presence", members: 1001, joined: people(2, 22), left: [], more: true});
    store.apply({type: "presence", members: 1000, joined: [], left: people(0, 1), more: false});
    equal(store.entries.length, 1);
    const [{came, cameMore, left}] = store.entries;
    equal([came.length, came.length + cameMore, left], [5, 1000, ["p0"]]);
    message(1);
    store.apply({type: "presence", members: 1001, joined: people(5, 6), left: [], more: false});
    equal(store.entries.length, 3);
    equal(store.members, 1001);
  },

  "one's own coming is no news"() {
    const {store, welcome} = make();
    welcome();
    store.apply({type: "presence", members: 1, joined: [{name: "ann", via: "web"}], left: [], more: false});
    equal(store.entries, []);
  },

  "what comes while nobody looks is new, from the first one on, until somebody looks"() {
    const {store, welcome, message} = make();
    welcome();
    message(1);
    equal([store.unread, store.divider], [0, null]);
    store.attend(false);
    message(2);
    message(3, "bob", "Ann: look");
    message(4, "ann");
    equal([store.unread, store.mentions, store.divider], [2, 1, "m2"]);
    store.attend(true);
    equal([store.unread, store.mentions, store.divider], [0, 0, "m2"]);
    store.attend(false);
    message(5);
    equal([store.unread, store.divider], [1, "m5"]);
    store.say("I have seen it");
    equal(store.divider, null);
  },

  "history that was there before the page is not new"() {
    const {store, clock, welcome, message} = make();
    store.loadedAt = clock.now + 60_000;
    store.attend(false);
    welcome();
    message(1);
    equal(store.unread, 0);
  },

  "memory is bounded, and what was dropped can be asked for again"() {
    const {store, welcome, message} = make();
    welcome();
    for (let seq = 1; seq <= 20_001; seq++) message(seq);
    ok(store.entries.length <= 20_000);
    equal(store.end, 20_001);
    equal(store.firstSeq, 2001);
    ok(store.more);
  },

  "a name is mentioned as a word of its own"() {
    const table = [
      ["ann: hi", "ann", true], ["hi @Ann!", "ann", true], ["planning", "ann", false], ["annual", "ann", false],
      ["小明,你好", "小明", true], ["a.b here", "a.b", true], ["axb here", "a.b", false], ["guest-abcdef", "guest-abcdef", false], ["x", "", false],
    ];
    for (const [text, name, wanted] of table) equal([text, mentions(text, name)], [text, wanted]);
  },
};
