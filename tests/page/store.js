// The store: what was said, what waits, what is new.

import {keyOf} from "../outbox.js";
import {Store} from "../store.js";
import {equal, ok} from "./check.js";

const AT = "2026-11-24T11:00:00.000Z";

function make(kept = {}, shared = kept) {
  const clock = {now: Date.parse(AT), moved: 0};
  let count = 0;
  const memory = place => ({
    get: name => place[name] ?? null,
    keep: (name, value) => { place[name] = JSON.stringify(value); },
    recall(name) {
      try { return JSON.parse(place[name] ?? "null"); } catch { return null; }
    },
  });
  const emptied = [];
  const store = new Store({
    tab: {...memory(kept), empty: id => emptied.push(id)}, browser: memory(shared),
    now: () => clock.now + clock.moved,
    ticks: () => clock.now,
    random: () => `id${count++}`,
  });
  const welcome = more => store.apply({
    type: "welcome", epoch: "e", seq: 0, resumed: false, session: "s", name: "ann", members: 1, ...more,
  });
  const message = (seq, from = "bob", text = `text ${seq}`) => store.apply({type: "message", seq, at: AT, from, via: "tcp", text});
  return {store, clock, kept, emptied, welcome, message};
}

const crowd = (name, count, via = "web") => Array.from({length: count}, (_, index) => ({name: `${name}${index}`, via}));

// A room that one is in, and that tells who is here.
function here(kept) {
  const made = make(kept);
  made.welcome({id: "by-me"});
  const presence = (joined, left = [], more = {}) => made.store.apply({type: "presence", members: 2, joined, left, more: false, ...more});
  const who = (names, more = {}) => made.store.apply({type: "who", members: names.length, names, more: false, ...more});
  return {...made, presence, who};
}

const said = seq => ({seq, at: AT, from: "bob", via: "web", text: ""});
const seqs = store => store.entries.map(({seq}) => seq);
const waiting = store => store.outbox.all.map(({text}) => text);

// How many faults the console was told of, which is not to fail the test.
function quietly(act) {
  const {error} = console;
  let count = 0;
  console.error = () => count++;
  try { act(); } finally { console.error = error; }
  return count;
}

export const cases = {
  "what somebody does is told apart from what is said, and says so when it is sent again"() {
    const {store, kept, welcome} = make();
    welcome();
    store.apply({type: "message", seq: 1, at: AT, from: "bob", via: "tcp", text: "waves", kind: "action"});
    store.apply({type: "message", seq: 2, at: AT, from: "bob", via: "tcp", text: "hi"});
    equal(store.entries.map(({isAction}) => isAction), [true, false]);
    store.outbox.fail(store.outbox.say("waves", "action"), "old");
    equal(store.outbox.retry("id0").kind, "action");
    equal(make(kept).store.outbox.all.map(({kind}) => kind), ["action"]);
  },
  "what is deleted leaves a row without its text, is not new, and moves the position"() {
    const {store, welcome, message} = make();
    welcome({seq: 0});
    for (const seq of [1, 2, 3]) message(seq, "bob", "@ann 12345");
    store.unread.attend(false);
    message(4, "bob", "@ann 12345");
    const [first] = store.entries;
    store.apply({type: "deleted", seq: 5, of: [1, 4, 99], from: "bob"});
    equal(seqs(store), [1, 2, 3, 4]);
    equal(store.entries.map(({text, isDeleted = false, mention}) => [text, isDeleted, mention]),
      [["", true, false], ["@ann 12345", false, true], ["@ann 12345", false, true], ["", true, false]]);
    ok(store.entries[0] === first && first.version === 1 && !store.entries[1].version, "its row is not made anew");
    equal([store.characters, store.unread.count, store.unread.mentions.size], [20, 0, 0]);
    equal(store.position.seq, 5);
    store.apply({type: "deleted", seq: 6, of: [1], from: "bob"});
    equal(store.characters, 20);
  },
  "what was deleted before it came, or before its ack, does not wait any more"() {
    const {store, kept, welcome, message} = make();
    welcome({id: "by-ann"});
    const ids = ["acked", "heard", "waits"].map(text => store.outbox.say(text).id);
    for (const id of ids) store.outbox.sent(id);
    store.apply({type: "ack", id: ids[0], seq: 1});
    store.apply({type: "message", seq: 2, at: AT, from: "ann", by: "by-ann", via: "web", text: "heard"});
    store.lost();
    welcome({id: "by-ann", seq: 2, resumed: true});
    store.apply({type: "deleted", seq: 3, of: [1, 2], from: "ann"});
    equal(waiting(store), ["waits"]);
    equal(make(kept).store.outbox.all.map(({text}) => text), ["waits"]);
    message(4);
    equal(waiting(store), ["waits"]);
  },
  "a deletion that can't be read is a fault of its own"() {
    const {store, welcome, message} = make();
    welcome();
    message(1);
    equal(quietly(() => store.apply({type: "deleted", seq: 2, of: 1})), 1);
    equal(store.entries.map(({kind}) => kind), ["message", "fault"]);
  },
  "who is renamed has not left and come, and neither have we"() {
    const {store, welcome} = make();
    welcome({id: "by-ann"});
    const person = (name, by) => ({name, via: "tcp", by});
    const joined = [person("Bob", "by-bob"), person("Carl", "by-carl"), person("Ann", "by-ann")];
    const left = [person("guest-b", "by-bob"), person("Dora", "by-dora"), person("guest-a", "by-ann")];
    const renamed = [{from: "guest-b", to: "Bob"}, {from: "guest-a", to: "Ann"}];
    store.apply({type: "presence", members: 3, joined, left, more: false, renamed});
    const [entry] = store.entries;
    equal([entry.came, entry.left, entry.renamed], [["Carl"], ["Dora"], [{from: "guest-b", to: "Bob"}]]);
    ok(store.names.has("Bob"));
  },
  "messages are kept in order, and move the position"() {
    const {store, welcome, message} = make();
    welcome({seq: 4});
    message(5);
    message(7);
    equal(seqs(store), [5, 7]);
    equal(store.position, {epoch: "e", seq: 7});
  },

  "a fresh welcome takes what is stored out of what waits, and nothing else"() {
    const {store, welcome} = make();
    welcome();
    const [stored, lost] = ["stored", "lost"].map(text => store.outbox.say(text).id);
    store.outbox.sent(stored);
    store.outbox.sent(lost);
    store.apply({type: "ack", id: stored, seq: 1});
    welcome({epoch: "other", seq: 0});
    equal(waiting(store), ["lost"]);
    equal(store.outbox.toSend().map(({text}) => text), ["lost"]);
  },

  "what is said waits until it is acked, and is shown once when the ack comes first"() {
    const {store, welcome, message} = make();
    welcome();
    const {id} = store.outbox.say("hello");
    store.outbox.sent(id);
    equal(waiting(store), ["hello"]);
    store.apply({type: "ack", id, seq: 1});
    equal(store.outbox.toSend(), []);
    equal(waiting(store), ["hello"]);
    message(1, "ann", "hello");
    equal(waiting(store), []);
    ok(store.entries[0].mine);
  },

  "it is shown once when the message comes first"() {
    const {store, welcome, message} = make();
    welcome();
    const {id} = store.outbox.say("hello");
    store.outbox.sent(id);
    message(1, "ann", "hello");
    ok(store.outbox.all[0].heard, "it is shown twice");
    store.apply({type: "ack", id, seq: 1});
    equal(waiting(store), []);
  },

  "each of two that read the same is shown once, and what has not gone out is shown as that"() {
    const {store, welcome, message} = make();
    welcome();
    const ids = Array.from({length: 3}, () => store.outbox.say("hello").id);
    const heard = () => store.outbox.all.map(sent => Boolean(sent.heard));
    for (const id of ids.slice(0, 2)) store.outbox.sent(id);
    message(1, "ann", "hello");
    equal(heard(), [true, false, false]);
    message(2, "ann", "hello");
    equal(heard(), [true, true, false]);
    message(3, "ann", "hello");  // from another tab
    equal(heard(), [true, true, false]);
    for (const [index, id] of ids.slice(0, 2).entries()) store.apply({type: "ack", id, seq: index + 1});
    equal(store.outbox.all.map(({id}) => id), ids.slice(2));
  },

  "one that was hidden behind one that reads the same, and is refused, is there again"() {
    const {store, welcome, message} = make();
    welcome();
    const {id} = store.outbox.say("hello");
    store.outbox.sent(id);
    message(1, "ann", "hello");  // from another tab
    store.apply({type: "error", code: "too-fast", message: "too fast", id});
    ok(!store.outbox.all[0].heard, "nobody can send it again");
  },

  "somebody else's message does not hide ours"() {
    const {store, welcome, message} = make();
    welcome();
    store.outbox.sent(store.outbox.say("hello").id);
    message(1, "bob", "hello");
    ok(!store.outbox.all[0].heard);
  },

  "a refused one stays, with the reason, and can be sent again or dropped"() {
    const {store, welcome} = make();
    welcome();
    const {id} = store.outbox.say("hello");
    store.apply({type: "error", code: "too-long", message: "too long", id});
    equal(store.outbox.all[0].failed, {code: "too-long", message: "too long"});
    equal(store.outbox.toSend(), []);
    const again = store.outbox.retry(id);
    ok(again.id !== id, "a new try needs a new id");
    equal(store.outbox.toSend().map(sent => sent.id), [again.id]);
    store.outbox.forget(again.id);
    equal(waiting(store), []);
  },

  "what failed or was refused waits for who reads it, after a reload too"() {
    const {store, kept, welcome} = make();
    welcome();
    const {id} = store.outbox.say("too much");
    store.outbox.sent(id);
    store.apply({type: "error", code: "too-long", message: "too long", id});
    const {failed} = store.outbox.all[0];
    ok(failed, "it was not refused");
    const {store: reloaded, welcome: welcomed} = make(kept);
    welcomed();
    equal(reloaded.outbox.toSend(), []);
    equal(reloaded.outbox.all.map(each => each.failed), [failed]);
  },

  "what waits survives a reload, in order, with its ids; what was acked does not"() {
    const {store, welcome, kept} = make();
    welcome();
    store.outbox.say("one");
    const {id} = store.outbox.say("two");
    store.outbox.say("three");
    store.apply({type: "ack", id, seq: 9});
    const {store: reloaded} = make(kept);
    equal(reloaded.outbox.toSend().map(sent => [sent.id, sent.text]), [["id0", "one"], ["id2", "three"]]);
    equal(reloaded.session, "s");
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
    store.apply({type: "page", messages: [3, 4, 5].map(said), more: false});
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

  "joins and leaves in a row are one entry, and who only looked in is not told of"() {
    const {store, welcome, message} = make();
    welcome();
    const people = (from, to) => Array.from({length: to - from}, (_, index) => ({name: `p${from + index}`, via: "tcp"}));
    store.apply({type: "presence", members: 3, joined: people(0, 2), left: [], more: false});
    store.apply({type: "presence", members: 1001, joined: people(2, 22), left: [], more: true});
    store.apply({type: "presence", members: 1000, joined: [], left: people(0, 1), more: false});
    equal(store.entries.length, 1);
    const [{came, excess, left}] = store.entries;
    equal([came.length, came.length + excess, left], [21, 999, []]);
    message(1);
    store.apply({type: "presence", members: 1001, joined: people(5, 6), left: [], more: false});
    equal(store.entries.length, 3);
    equal(store.members, 1001);
  },

  "who is here is bounded, whoever comes under whatever name; a new answer takes the place of what was there"() {
    const {store, presence} = here();
    presence(crowd("p", 2));
    equal(store.here, null, "nobody asked");
    store.apply({type: "who", members: 1, names: crowd("old", 1), more: false});
    for (let round = 0; round < 40; round++) presence(crowd(`p${round}-`, 20), [], {more: true, members: 3});
    equal([store.here.size, store.members], [500, 3]);
    presence(crowd("p0-", 1, "tcp"));
    equal(store.here.get("p0-0").via, "tcp", "who is there already is told anew");
    store.apply({type: "who", members: 700, names: crowd("new", 700), more: true});
    equal([store.here.size, store.here.has("old0"), store.here.has("new0"), store.areMoreHere], [500, false, true, true]);
  },

  "who is here is in doubt when not all of them were told, or more or fewer than are here; an answer ends that"() {
    const {store, who, presence} = here();
    const doubts = (...change) => {
      who(crowd("p", 3));
      presence(...change);
      return store.isDoubtful;
    };
    ok(!doubts(crowd("q", 1), crowd("p", 2), {members: 2}));
    ok(doubts(crowd("q", 1), crowd("p", 1), {members: 3, more: true}));
    ok(doubts(crowd("q", 1), [], {members: 3}), "one came and went before that was told");
    ok(doubts([], crowd("p", 1), {members: 3}));
    presence(crowd("q", 1), crowd("p", 1), {members: 3});
    ok(store.isDoubtful, "it is not right by itself again");
    who(crowd("p", 3));
    ok(!store.isDoubtful);
  },

  "that others are here whom no answer names is no doubt"() {
    const {store, who, presence} = here();
    who(crowd("p", 3), {members: 800, more: true});
    presence(crowd("q", 1), [], {members: 801});
    ok(!store.isDoubtful);
    who([...crowd("p", 3), ...crowd("p", 1)]);  // one who is on two gateways
    presence(crowd("q", 1), [], {members: 5});
    ok(!store.isDoubtful);
  },

  "where those who came are from is told to operators by an answer alone"() {
    const {store, who, presence} = here({operator: '"by-me"'});
    who(crowd("p", 3));
    presence([], crowd("p", 1), {members: 2});
    ok(!store.isDoubtful);
    presence(crowd("q", 1), [], {members: 3});
    ok(store.isDoubtful);
  },

  "who has spoken is offered unless gone; where not all who are here are named, nobody knows"() {
    const {store, who, message} = here();
    message(1, "bob");
    message(2, "cid");
    equal(store.company, ["cid", "bob"]);
    who([{name: "dan"}, {name: "bob"}]);
    equal(store.company, ["bob", "dan"]);
    who([{name: "dan"}, {name: "bob"}], {members: 800, more: true});
    equal(store.company, ["cid", "bob", "dan"]);
  },

  "of those who were heard of a thousand are known, those heard of last"() {
    const {store, message, presence} = here();
    for (let round = 0; round < 60; round++) presence(crowd(`p${round}-`, 20));
    for (let seq = 1; seq <= 1500; seq++) message(seq, `n${seq}`);
    equal([store.names.size, [...store.names][0], store.company.length], [1000, "n501", 1000]);
  },

  "names in the row of who came and went are bounded, and so are rows of what is told"() {
    const {store, presence} = here();
    for (let round = 0; round < 40; round++) {
      const [joined, left] = ["b", "c"].map(each => crowd(`${each}${round}-`, 20));
      presence([...joined, ...crowd(`to${round}-`, 20)], [...left, ...crowd(`from${round}-`, 20)], {
        members: 2, renamed: crowd("", 20).map(({name}) => ({from: `from${round}-${name}`, to: `to${round}-${name}`})),
      });
    }
    const [{came, left, renamed}] = store.entries;
    equal([store.entries.length, came.length, left.length, renamed.length], [1, 100, 100, 100]);
    for (let count = 0; count <= 20_000; count++) store.apply({type: "notice", code: "slowed", text: "slow"});
    ok(store.entries.length <= 20_000);
    equal(store.end, 20_002);
  },

  "that somebody came stands before what it said at once, but not before what it said earlier"() {
    const {store, clock, welcome, presence, message} = here();
    const rows = () => store.entries.map(({kind, seq, came, left}) => (kind === "presence" ? `${came} came, ${left} left` : seq));
    message(1, "bob");
    clock.now += 60_000;  // in which it left
    message(2, "bob");
    message(3, "ann");
    message(4, "bob");
    presence([{name: "bob", via: "tcp"}], [{name: "dan", via: "tcp"}]);
    equal(rows(), [1, "bob came, dan left", 2, 3, 4]);
    equal([store.entries[1].time, store.end], [store.entries[2].time, 5], "on its day");
    presence([], [{name: "bob", via: "tcp"}]);
    equal(rows().slice(4), [4, " came, bob left"]);
    message(5, "carl");
    presence([{name: "carl", via: "tcp"}]);
    equal(rows().slice(5), ["carl came, bob left", 5]);
    presence([{name: "bob", via: "tcp"}]);
    equal(rows().slice(5), ["carl came, bob left", 5, "bob came,  left"], "its words are behind what was told since");
    store.lost();
    welcome({id: "by-me", seq: 5, head: 6, resumed: true});
    message(6, "eve");
    presence([{name: "eve", via: "tcp"}]);
    equal(rows().slice(8), [6, "eve came,  left"], "that was said while we were away");
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
    equal([store.unread.count, store.unread.divider], [0, null]);
    store.unread.attend(false);
    message(2);
    message(3, "bob", "Ann: look");
    message(4, "ann");
    equal([store.unread.count, store.unread.mentions.size, store.unread.divider], [2, 1, 2]);
    store.unread.see(2);
    store.unread.attend(true);
    equal([store.unread.count, store.unread.mentions.size, store.unread.divider], [0, 1, 2]);
    store.unread.attend(false);
    message(5);
    equal([store.unread.count, store.unread.divider], [1, 5]);
  },

  "who knows nothing asks with the hello for what was said last, and whoever goes on does not"() {
    const {store, welcome} = make();
    ok(store.greet().length && store.asking);
    welcome({seq: 4});
    ok(store.asking, "it is under way");
    store.apply({type: "page", messages: [said(4)], more: true});
    ok(!store.asking && !store.greet().length && !store.asking);
  },

  "history is asked for, and is not new, whatever the clocks say"() {
    const {store, clock, welcome, message} = make();
    store.unread.attend(false);
    welcome({seq: 4});
    clock.now += 120_000;  // ahead of the server's
    equal([store.firstSeq, store.more], [5, true]);
    store.apply({type: "page", messages: [3, 4].map(said), more: false});
    equal([seqs(store), store.unread.count], [[3, 4], 0]);
    message(5);
    equal([store.unread.count, store.unread.divider], [1, 5]);
  },

  "what comes before the page that was asked for stays after it"() {
    const {store, welcome, message} = make();
    welcome({seq: 4});
    message(5);
    store.apply({type: "page", messages: [4, 5].map(said), more: false});
    equal(seqs(store), [4, 5]);
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

  "memory is bounded by what was said, too"() {
    const {store, welcome, message} = make();
    welcome();
    const long = "x".repeat(65_536);
    for (let seq = 1; seq <= 600; seq++) message(seq, "bob", long);
    ok(store.characters <= 16_000_000 && store.entries.reduce((sum, {text}) => sum + text.length, 0) === store.characters);
    equal([store.end, store.more], [600, true]);
  },

  "a person is known by the public id, not by the name"() {
    const {store, welcome, message} = make();
    welcome({id: "by-ann"});
    const from = (seq, name, by) => store.apply({type: "message", seq, at: AT, from: name, by, via: "web", text: "hi"});
    from(1, "ann", "by-mallory");
    from(2, "ann renamed", "by-ann");
    from(3, "ann", undefined);  // of before there were ids
    equal(store.entries.map(({mine}) => mine), [false, true, true]);
    store.apply({type: "presence", members: 2, joined: [{name: "ann", via: "web", by: "by-ann"}], left: [], more: false});
    equal(store.entries.length, 3);
    store.apply({type: "presence", members: 3, joined: [{name: "ann", via: "web", by: "by-mallory"}], left: [], more: false});
    equal(store.entries[0].came, ["ann"]);
    equal(message(4, "bob", "ann: hi"), undefined);
    ok(store.entries[4].mention, "a mention goes by the name");
  },

  "what was said here keeps its row; what another tab said meanwhile takes it, and ours has another one if it failed"() {
    const {store, welcome} = make();
    welcome({id: "by-ann"});
    const hear = seq => store.apply({type: "message", seq, at: AT, from: "ann", by: "by-ann", via: "web", text: "hi"});
    const [one, two] = [1, 2].map(() => store.outbox.say("hi"));
    store.outbox.sent(one.id);
    store.apply({type: "ack", id: one.id, seq: 1});
    hear(1);
    store.outbox.sent(two.id);
    hear(2);
    hear(3);
    equal(store.entries.map(({key = null}) => key), [`p${one.id}`, `p${two.id}`, null]);
    store.outbox.fail(two, "why");
    ok(keyOf(two) !== `p${two.id}`);
  },

  "a message that is forged under our name hides nothing that waits"() {
    const {store, welcome} = make();
    welcome({id: "by-ann"});
    store.outbox.sent(store.outbox.say("hello").id);
    store.apply({type: "message", seq: 1, at: AT, from: "ann", by: "by-mallory", via: "web", text: "hello"});
    ok(!store.outbox.all[0].heard && !store.entries[0].mine);
  },

  "who is welcomed as somebody else sends nothing again unasked"() {
    const {store, welcome, kept} = make();
    welcome();
    store.outbox.sent(store.outbox.say("as ann").id);
    store.outbox.say("never went out");
    const {store: reloaded, welcome: welcomed} = make(kept);
    welcomed({session: "another", name: "guest-abcdef"});
    equal(reloaded.outbox.toSend(), []);
    equal(reloaded.outbox.all.map(({failed}) => failed), ["other", "other"]);
    const again = reloaded.outbox.retry(reloaded.outbox.all[0].id);
    equal(reloaded.outbox.toSend().map(({id}) => id), [again.id]);
  },

  "a tab becomes who the browser is, and sends nothing of who it was, after a reload too"() {
    const shared = {};
    const [one, two] = [make({}, shared), make({}, shared)];
    one.welcome();
    ok(two.store.follow() && !two.store.follow());
    equal(two.store.session, "s");
    two.welcome();
    two.store.outbox.say("as ann");
    shared.session = '"t"';  // by a link, in a third tab
    ok(one.store.follow());
    equal(one.store.position, null);
    const {store: reloaded} = make(two.kept, shared);
    ok(reloaded.follow());
    equal(reloaded.outbox.all.map(({failed}) => failed), ["other"]);
    shared.session = '""';
    ok(!one.store.follow(), "what can't be kept in another tab makes nobody of us");
  },

  "so it is after a session that was refused"() {
    const {store, welcome} = make();
    welcome();
    store.outbox.sent(store.outbox.say("as ann").id);
    store.apply({type: "error", code: "bad-session", message: "that is no session"});
    welcome({session: "new"});
    equal([store.outbox.toSend(), store.session], [[], "new"]);
  },

  "an event that can't be taken is shown as that; the rest is, and the position passes nothing that is not"() {
    const {store, welcome, message} = make();
    const faults = quietly(() => {
      welcome({seq: 4});
      message(5);
      for (const broken of [{seq: 6, at: "never", from: "bob", text: "x"}, {seq: 7, at: AT, from: "bob"}, {seq: 8, at: AT, text: "x"}]) store.apply({type: "message", ...broken});
      equal(store.position.seq, 8);
      message(9);
      store.apply({type: "message", seq: "10", at: AT, from: "bob", text: "x"});
      store.apply({type: "presence"});
      equal(store.position.seq, 9);
      store.apply({type: "toString"});
      store.apply({type: "__proto__"});
    });
    equal(store.entries.map(({kind}) => kind), ["message", "fault", "message", "fault"]);
    equal(faults, 5);
  },

  "what comes up to the head, as it was on return, was said before: messages, what takes some back, or the gap where they were"() {
    const {store, welcome, message} = make();
    const behind = [];
    const note = () => behind.push(store.isBehind);
    note();
    welcome({seq: 4});  // of a server that tells no head
    note();
    welcome({seq: 4, head: 7, resumed: true});
    note();
    message(5);
    note();
    store.apply({type: "gap", from: 6, to: 7});
    note();
    message(8);
    note();
    welcome({seq: 8, head: 10, resumed: true});
    note();
    message(11);  // who said the last ones took them back meanwhile
    note();
    welcome({seq: 11, head: 12, resumed: true});
    note();
    store.apply({type: "deleted", seq: 12, of: [8], from: "bob"});
    note();
    equal(behind, [false, false, true, true, false, false, true, false, true, false]);
    equal(store.position.seq, 12);
  },

  "a position is not moved by what was not taken in, even in part"() {
    const {store, welcome, message} = make();
    welcome({seq: 4});
    store.entryOf = () => { throw new Error("broken"); };
    store.note = () => { throw new Error("broken too"); };
    quietly(() => {
      let isThrown = false;
      try { message(5); } catch { isThrown = true; }
      ok(isThrown);
    });
    equal(store.position.seq, 4);
  },

  "one bad message of a page does not lose the others"() {
    const {store, welcome} = make();
    welcome({seq: 4});
    quietly(() => store.apply({type: "page", messages: [said(2), {...said(3), at: "never"}, said(4)], more: false}));
    equal(store.entries.map(({kind, seq}) => [kind, seq]), [["message", 2], ["fault", 3], ["message", 4]]);
  },

  "what was refused, or is the person's to decide, does not, however often the connection is lost"() {
    const {store, welcome} = make();
    welcome();
    const refused = store.outbox.say("too much");
    store.outbox.sent(refused.id);
    store.apply({type: "error", code: "too-long", message: "too long", id: refused.id});
    for (const reason of ["old", "closed", "other"]) store.outbox.fail(store.outbox.say(reason), reason);
    const before = store.outbox.all.map(({failed}) => failed);
    for (let count = 0; count < 2; count++) {
      store.lost();
      welcome({resumed: true});
      equal(store.outbox.toSend(), []);
    }
    equal(store.outbox.all.map(({failed}) => failed), before);
  },

  "a browser's profile that is damaged is as good as a new one"() {
    for (const damaged of ["not JSON", "17", "{}", '[null, 3, {"id": "a"}]']) {
      const {store} = make({pending: damaged, session: "null", operator: '"x"'});
      equal([store.outbox.all, store.session, store.isOperator], [[], "", false]);
    }
  },

  "a flood of names is bounded"() {
    const {store, welcome, message} = make();
    welcome({name: "ann"});
    for (let seq = 1; seq <= 1500; seq++) message(seq, `name ${seq}`, "@ann ".repeat(20));
    ok(store.names.size <= 1000);
  },

  "who is no operator any more is none here"() {
    const {store, welcome, kept} = make();
    welcome({id: "by-ann"});
    store.apply({type: "notice", code: "op", text: "you are an operator"});
    const {store: other, welcome: welcomed} = make(kept);
    welcomed({id: "by-ann"});
    ok(store.isOperator && other.isOperator, "another tab is the same person");
    welcomed({id: "by-bob", session: "another"});
    ok(!other.isOperator, "somebody else is none");
    store.apply({type: "error", code: "op-needed", message: "only operators can do that"});
    ok(!store.isOperator);
    const isOneAfter = lose => {
      store.apply({type: "notice", code: "op", text: "you are an operator"});
      lose();
      return store.isOperator;
    };
    ok(!isOneAfter(() => store.apply({type: "notice", code: "op-ended", text: "you are no operator any more"})));
    ok(isOneAfter(() => store.apply({type: "notice", code: "kicked", text: "kicked Bob"})) && isOneAfter(() => store.lost()));
  },

  "what was stored before a reload is shown once, though it is asked for again"() {
    const {store, welcome, kept} = make();
    welcome({seq: 4});
    store.outbox.sent(store.outbox.say("text").id);
    const {store: reloaded, welcome: welcomed} = make(kept);
    welcomed({seq: 5});
    reloaded.apply({type: "page", messages: [said(4), {...said(5), from: "ann", text: "text"}], more: false});
    ok(reloaded.outbox.all[0].heard, "it is shown twice");
    reloaded.apply({type: "ack", id: reloaded.outbox.all[0].id, seq: 5});
    equal([waiting(reloaded), seqs(reloaded)], [[], [4, 5]]);
  },

  "a page that came, could not be read or went with its connection can be asked for again"() {
    const {store, welcome} = make();
    welcome({seq: 4});
    for (const end of [
      () => store.apply({type: "page", messages: [said(4)], more: true}),
      () => store.apply({type: "error", code: "store-unreadable", message: "the log can't be read right now"}),
      () => { store.lost(); store.greet(); welcome({seq: 4, resumed: true}); },
      () => { store.lost(); store.greet(); welcome({epoch: "other", seq: 4}); },
    ]) {
      store.asked.push({});
      ok(store.asking);
      end();
      ok(!store.asking, `${end}`);
    }
  },
};
