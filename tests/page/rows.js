// Rows: days, groups, the line before what is new, and what waits.

import {rowsOf} from "../rows.js";
import {equal, ok} from "./check.js";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const dayOf = time => String(Math.floor(time / DAY));

function message(seq, minutes, from = "ann", via = "web", by = undefined) {
  return {key: `m${seq}`, kind: "message", seq, time: minutes * MINUTE, from, via, by};
}

function shown(entries, pending = [], more = {}) {
  const rows = rowsOf(entries, pending, {divider: null, now: 10_000, dayOf, isIn: true, ...more});
  return rows.map(({kind, isGrouped, version}) => (kind === "pending" ? version : isGrouped ? "grouped" : kind));
}

export const cases = {
  "messages of one sender within five minutes are a group"() {
    equal(shown([message(1, 0), message(2, 1), message(3, 7), message(4, 8, "bob"), message(5, 8, "ann")]),
      ["day", "message", "grouped", "message", "message", "message"]);
  },
  "who is at a terminal and who is in a browser are not one group"() {
    equal(shown([message(1, 0), message(2, 0, "ann", "tcp")]), ["day", "message", "message"]);
  },
  "two persons who go by one name are not one group"() {
    equal(shown([message(1, 0, "ann", "web", "a"), message(2, 0, "ann", "web", "b"), message(3, 0, "ann", "web", "b")]), ["day", "message", "message", "grouped"]);
  },
  "a notice ends a group"() {
    equal(shown([message(1, 0), {key: "n0", kind: "notice", time: 1}, message(2, 0)]), ["day", "message", "notice", "message"]);
  },
  "each day has its line, and ends a group"() {
    equal(shown([message(1, 24 * 60 - 1), message(2, 24 * 60), message(3, 24 * 60)]),
      ["day", "message", "day", "message", "grouped"]);
  },
  "the line stands before what is new, and ends a group"() {
    equal(shown([message(1, 0), message(2, 0), message(3, 0)], [], {divider: 2}),
      ["day", "message", "divider", "message", "grouped"]);
  },
  "what waits comes last: marked, plain once acked, failed with its buttons"() {
    const pending = [
      {id: "b", at: 9_700}, {id: "c", at: 0, seq: 7}, {id: "d", at: 0, failed: "why"}, {id: "e", at: 0, heard: true},
    ];
    equal(shown([message(1, 0)], pending), ["day", "message", "sending", "new", "failed"]);
  },
  "what waits has a head of its own, unless it goes on where one of ours stands; the same once it is stored"() {
    const me = {from: "ann", by: "a"};
    const heads = entries => rowsOf(entries, [{id: "p", text: "hi", at: 2 * MINUTE}], {divider: null, now: 0, dayOf, me}).map(({isGrouped}) => isGrouped);
    equal(heads([message(1, 0, "bob", "web", "b")]), [undefined, false, false]);
    equal(heads([message(1, 1, "ann", "web", "a")]), [undefined, false, true]);
    equal(shown([message(1, 1, "ann", "web", "a"), message(2, 2, "ann", "web", "a")]), ["day", "message", "grouped"]);
  },
  "what can't go out now is not called sending"() {
    equal(shown([], [{id: "b", text: "", at: 0}], {isIn: false}), ["waiting"]);
  },
  "what is to be taken back is marked as that until it is"() {
    equal(rowsOf([{...message(1, 0), version: 3}, message(2, 0)], [], {divider: null, now: 0, dayOf, leaving: [1]}).map(({version}) => version), ["0", "waiting", 0]);
  },
  "a name is said again once a screen, sooner after long texts"() {
    const run = text => shown(Array.from({length: 33}, (_, seq) => ({...message(seq, 0), text}))).filter(each => each === "message").length;
    equal([run("short"), run("long ".repeat(30)), run("long ".repeat(200))], [4, 16, 33]);
  },
  "where it is said again depends neither on where the window begins nor on what is new"() {
    const entries = Array.from({length: 100}, (_, seq) => ({...message(seq + 1, 0), text: "x".repeat(seq % 7 * 20)}));
    const heads = (from, divider = null) => rowsOf(entries.slice(from), [], {divider, now: 0, dayOf})
      .filter(({kind, entry, isGrouped}) => kind === "message" && !isGrouped && entry.seq > 40).map(({entry}) => entry.seq);
    ok(heads(0).length > 6, heads(0));
    for (let from = 1; from < 20; from++) equal(heads(from), heads(0));
    equal(heads(0, 30), heads(0));
  },
  "what waits goes on with the same heads as it has once it is stored"() {
    const heads = (entries, pending) => rowsOf(entries, pending, {divider: null, now: 0, dayOf, me: {from: "ann"}})
      .filter(({kind}) => kind !== "day").map(({isGrouped}) => isGrouped);
    const all = Array.from({length: 40}, (_, seq) => ({...message(seq + 1, 0), text: "hi"}));
    const waiting = all.map(({seq, time}) => ({id: seq, text: "hi", at: time}));
    for (let count = 1; count < 40; count++) equal(heads(all.slice(0, count), waiting.slice(count)), heads(all, []));
  },
  "who came and left again is no row, nor is anybody who wants no such rows"() {
    const row = came => ({key: "n0", kind: "presence", time: 0, came, left: [], renamed: [], excess: 0});
    equal(shown([message(1, 0), row([]), message(2, 0)]), ["day", "message", "grouped"]);
    equal(shown([message(1, 0), row(["bob"]), message(2, 0)]), ["day", "message", "presence", "message"]);
    equal(shown([message(1, 0), row(["bob"]), message(2, 0)], [], {hides: true}), ["day", "message", "grouped"]);
  },
  "the day's line is made anew when another day begins"() {
    const version = now => rowsOf([message(1, 0)], [], {divider: null, now, dayOf})[0].version;
    ok(version(0) === version(1) && version(0) !== version(DAY));
  },
  "keys stay when older ones come before"() {
    const keys = entries => rowsOf(entries, [], {divider: null, now: 0, dayOf}).map(({key}) => key);
    equal(keys([message(2, 0)]), ["dm2", "m2"]);
    equal(keys([message(1, 0), message(2, 0)]), ["dm1", "m1", "m2"]);
  },
};
