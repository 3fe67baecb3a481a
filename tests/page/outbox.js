// What is said and not acked yet: sent again, given up, or left to the person. What the log makes of it: see store.js.

import {wellFormed} from "../commands.js";
import {ANSWER_WITHIN, Outbox} from "../outbox.js";
import {equal, ok} from "./check.js";

function make(kept = {}) {
  const clock = {now: Date.parse("2026-11-24T11:00:00.000Z"), moved: 0};
  const emptied = [];
  let count = 0;
  const tab = {
    keep: (name, value) => { kept[name] = JSON.stringify(value); },
    recall: name => JSON.parse(kept[name] ?? "null"),
    empty: id => emptied.push(id),
  };
  const outbox = new Outbox({tab, now: () => clock.now + clock.moved, ticks: () => clock.now, random: () => `id${count++}`});
  return {outbox, clock, kept, emptied};
}

const waiting = ({all}) => all.map(({text}) => text);

export const cases = {
  "what may have been stored too long ago is for the person to decide; what never went out is not"() {
    const {outbox, clock} = make();
    outbox.sent(outbox.say("went out").id);
    outbox.say("never did");
    clock.now += 11 * 60_000;
    equal(outbox.toSend().map(({text}) => text), ["never did"]);
    equal(outbox.all[0].failed, "old");
  },

  "what a tab that is gone has left is not sent, and is its own until something is decided about it"() {
    const {outbox, kept, emptied} = make();
    outbox.say("mine");
    const left = {of: "gone", at: 0, failed: "", sentAt: 0};
    const of = pending => [...pending.map((text, index) => ({...left, id: text, text, sentAt: index})), {of: "gone", id: "gone", text: "/who", kind: "draft"}];
    for (let look = 0; look < 3; look++) outbox.offer(of(["one", "two"]));
    equal(outbox.all.slice(1).map(({text, failed, kind}) => [text, failed, kind]), [["one", "closed", undefined], ["two", "old", undefined], ["/who", "closed", "draft"]]);
    equal(outbox.toSend().map(({text}) => text), ["mine"]);
    equal([waiting(make(kept).outbox), emptied], [["mine"], []]);
    outbox.offer([]);
    equal(waiting(outbox), ["mine"], "it is back");
    outbox.offer(of(["one", "two"]));
    outbox.forget("one");
    equal([waiting(make(kept).outbox), emptied], [["mine", "two", "/who"], ["gone"]]);
    outbox.offer([]);
    equal(waiting(outbox), ["mine", "two", "/who"]);
    outbox.offer([{of: "x"}, {of: "x", id: "a", text: 17}]);
    equal(waiting(outbox), ["mine", "two", "/who"]);
  },

  "a clock that is set back stops neither the judging nor the forgetting"() {
    const {outbox, clock} = make();
    const {id} = outbox.say("hello");
    outbox.sent(id);
    clock.moved = -2 * 3600_000;
    clock.now += ANSWER_WITHIN;
    ok(outbox.judge());
    outbox.lost();
    equal(outbox.toSend(), []);  // nobody knows how long ago it was said
    equal(outbox.all[0].failed, "old");
  },

  "what gets no answer is marked after a while, and can be sent again under its id"() {
    const {outbox, clock} = make();
    const {id} = outbox.say("hello");
    outbox.sent(id);
    clock.now += ANSWER_WITHIN - 1;
    ok(!outbox.judge());
    equal(outbox.all[0].failed, "");
    clock.now += 1;
    ok(outbox.judge());
    equal(outbox.all[0].failed, "unanswered");
    equal(outbox.retry(id).id, id);
    outbox.sent(id);
    clock.now += ANSWER_WITHIN;
    outbox.judge();
    outbox.acked(id, 1);
    equal([outbox.all[0].failed, outbox.all[0].seq], ["", 1]);
  },

  "while others are answered it only takes its turn"() {
    const {outbox, clock} = make();
    const ids = [1, 2, 3, 4].map(number => outbox.say(`text ${number}`).id);
    for (const id of ids) outbox.sent(id);
    for (const id of ids.slice(0, 3)) {
      clock.now += ANSWER_WITHIN - 1;
      outbox.judge();
      outbox.acked(id, 1);
    }
    equal(outbox.all[3].failed, "");
  },

  "on the next connection what got no answer goes out again by itself"() {
    const {outbox, clock} = make();
    const {id} = outbox.say("hello");
    outbox.sent(id);
    clock.now += ANSWER_WITHIN;
    outbox.judge();
    outbox.lost();
    equal(outbox.toSend().map(sent => sent.id), [id]);
  },

  "what waits for a lost connection is not late"() {
    const {outbox, clock} = make();
    outbox.sent(outbox.say("hello").id);
    outbox.lost();
    clock.now += 10 * ANSWER_WITHIN;
    ok(!outbox.judge());
    equal(outbox.all[0].failed, "");
  },

  "what was tried again and again is not sent by itself for longer than the server remembers it"() {
    const {outbox, clock} = make();
    const {id} = outbox.say("hello");
    for (let minute = 0; minute <= 9; minute++) {
      equal(outbox.toSend().map(sent => sent.id), [id]);
      outbox.sent(id);
      outbox.lost();
      clock.now += 60_000;
    }
    equal(outbox.toSend(), []);
    equal(outbox.all[0].failed, "old");
  },

  "half an emoji is made whole before it is sent"() {
    const {outbox} = make();
    equal(outbox.say("a\ud83d b\ude00 c\ud83d\ude00").text, "a\ufffd b\ufffd c\ud83d\ude00");
    equal(wellFormed("\ud83d"), "\ufffd");
  },

  "ids are of 128 random bits, without crypto.randomUUID"() {
    const outbox = new Outbox({tab: {keep() {}, recall: () => null}, now: Date.now});
    const [one, two] = [outbox.say("a").id, outbox.say("b").id];
    ok(/^[0-9a-f]{32}$/.test(one) && one !== two, one);
  },

  "what waits keeps what it answers, with the log that this is of"() {
    const {outbox} = make();
    const to = {seq: 997, epoch: "e"};
    outbox.fail(outbox.say("hi", undefined, to), "old");
    equal(outbox.retry("id0").to, to);
  },
};
