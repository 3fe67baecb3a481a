// What is new: while nobody looks, and since the last visit.

import {Unread} from "../unread.js";
import {equal} from "./check.js";

const entry = (seq, more) => ({key: `m${seq}`, seq, time: seq * 1000, mine: false, mention: false, ...more});
const state = ({count, divider, since, mentions}) => [count, divider, since, [...mentions]];

export const cases = {
  "on a first visit nothing is new that was there"() {
    const unread = new Unread();
    unread.found([entry(1), entry(2)]);
    equal(state(unread), [0, null, 0, []]);
  },
  "what came since the last visit is, page by page; one's own is not"() {
    const unread = new Unread();
    unread.begin(3);
    unread.found([entry(7), entry(8, {mention: true}), entry(9, {mine: true})]);
    equal(state(unread), [2, "m7", 7000, [8]]);
    unread.found([entry(2), entry(3), entry(4, {mine: true}), entry(5), entry(6)]);
    equal(state(unread), [4, "m5", 5000, [8]]);
  },
  "a mention that was jumped over on an earlier visit is there until it was seen"() {
    const unread = new Unread();
    unread.begin(7, [3]);
    unread.found([entry(3, {mention: true}), entry(7), entry(8, {mention: true})]);
    equal(state(unread), [1, "m8", 8000, [3, 8]]);
  },
  "it is read at the end; the line stays until one looks away, a mention until it was seen"() {
    const unread = new Unread();
    unread.begin(0);
    unread.found([entry(1, {mention: true})]);
    unread.attend(false);
    equal(state(unread), [1, "m1", 1000, [1]]);
    unread.attend(true);
    equal(state(unread), [0, "m1", 1000, [1]]);
    unread.attend(false);
    equal(state(unread), [0, null, 1000, [1]]);
  },
};
