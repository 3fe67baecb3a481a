// Rows: days, groups, the line before what is new, and what waits.

import {rowsOf} from "../rows.js";
import {equal} from "./check.js";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const dayOf = time => String(Math.floor(time / DAY));

function message(seq, minutes, from = "ann", via = "web", by = undefined) {
  return {key: `m${seq}`, kind: "message", seq, time: minutes * MINUTE, from, via, by};
}

function shown(entries, pending = [], more = {}) {
  const rows = rowsOf(entries, pending, {divider: null, now: 10_000, dayOf, ...more});
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
    equal(shown([message(1, 0), message(2, 0), message(3, 0)], [], {divider: "m2"}),
      ["day", "message", "divider", "message", "grouped"]);
  },
  "what waits comes last: plain at first, marked after 300 ms, plain once acked, failed with its buttons"() {
    const pending = [
      {id: "a", at: 9_800}, {id: "b", at: 9_700}, {id: "c", at: 0, seq: 7}, {id: "d", at: 0, failed: "why"}, {id: "e", at: 0, heard: true},
    ];
    equal(shown([message(1, 0)], pending), ["day", "message", "new", "sending", "new", "failed"]);
  },
  "keys stay when older ones come before"() {
    const keys = entries => rowsOf(entries, [], {divider: null, now: 0, dayOf}).map(({key}) => key);
    equal(keys([message(2, 0)]), ["dm2", "m2"]);
    equal(keys([message(1, 0), message(2, 0)]), ["dm1", "m1", "m2"]);
  },
};
