// What is new: while nobody looks, and since the last visit.

import {Unread} from "../unread.js";
import {equal, ok} from "./check.js";

const entry = (seq, more) => ({key: `m${seq}`, seq, time: seq * 1000, mine: false, mention: false, ...more});
// All that is newer is there, too.
const found = (unread, entries) => {
  unread.found(entries);
  unread.measure(() => 0);
};
const state = ({count, divider, since, mentions}) => [count, divider, count && since, [...mentions]];

export const cases = {
  "on a first visit nothing is new that was there"() {
    const unread = new Unread();
    found(unread, [entry(1), entry(2)]);
    equal(state(unread), [0, null, 0, []]);
  },
  "what came since the last visit is, page by page; one's own is not"() {
    const unread = new Unread();
    unread.begin(3);
    found(unread, [entry(7), entry(8, {mention: true}), entry(9, {mine: true})]);
    equal(state(unread), [2, 7, 7000, [8]]);
    found(unread, [entry(2), entry(3), entry(4, {mine: true}), entry(5), entry(6)]);
    equal(state(unread), [4, 5, 5000, [8]]);
  },
  "a mention that was jumped over on an earlier visit is there until it was seen"() {
    const unread = new Unread();
    unread.begin(7, [3]);
    found(unread, [entry(3, {mention: true}), entry(7), entry(8, {mention: true})]);
    equal(state(unread), [1, 8, 8000, [3, 8]]);
  },
  "mentions that nobody saw are kept to a thousand, the last ones"() {
    const unread = new Unread();
    unread.attend(false);
    for (let seq = 1; seq <= 1500; seq++) unread.come(entry(seq, {mention: true}));
    equal([unread.count, unread.mentions.size, [...unread.mentions][0]], [1500, 1000, 501]);
  },
  "it is read at the end, once one was where it begins; the line stays until one looks away, a mention until it was seen"() {
    const unread = new Unread();
    unread.begin(0);
    found(unread, [entry(1, {mention: true})]);
    unread.attend(false);
    equal(state(unread), [1, 1, 1000, [1]]);
    unread.attend(true);
    equal(state(unread), [1, 1, 1000, [1]], "one is at the end, and was not where it begins");
    equal([unread.see(2), unread.see(1), unread.see(1)], [false, true, false]);
    unread.attend(true);
    equal(state(unread), [0, 1, 0, []]);
    unread.attend(false);
    equal(state(unread), [0, null, 0, []]);
  },
  "it is new for as long as one was not where it begins, or says that one knows"() {
    const unread = new Unread();
    unread.attend(false);
    unread.come(entry(1));
    for (const isAttentive of [true, false, true]) unread.attend(isAttentive);
    unread.come(entry(2));
    unread.attend(false);
    unread.come(entry(3));
    equal(state(unread), [2, 1, 1000, []]);
    unread.skip();
    equal(state(unread), [0, null, 0, []]);
    unread.come(entry(4));
    equal(state(unread), [1, 4, 4000, []]);
  },
  "mentions in what is not loaded are told of until nothing is left, also when one went on without it"() {
    const unread = new Unread();
    unread.begin(3);
    unread.found([entry(2000)]);
    unread.measure(seq => Math.max(0, 1999 - seq));
    equal([unread.count, unread.unheard.after], [1997, 3]);
    unread.skip();
    unread.measure(() => 0);
    ok(!unread.unheard, "all was loaded");
    unread.begin(3);
    unread.hear([1500, 1200], 1200);
    equal([state(unread)[3], unread.unheard.before], [[1500, 1200], 1200]);
    unread.skip();
    unread.hear([10, 3, 2], undefined);
    equal([state(unread)[3], unread.unheard], [[1500, 1200, 10], null]);
    unread.begin(3);
    unread.hear([7], 4);
    equal(unread.unheard, null, "what is left was read");
  },
  "where it begins is another place when older ones come"() {
    const unread = new Unread();
    unread.begin(0);
    found(unread, [entry(3)]);
    unread.see(3);
    found(unread, [entry(2)]);
    unread.attend(true);
    equal(state(unread), [2, 2, 2000, []]);
  },
  "what is deleted is not new: it is not counted, nobody is spoken to by it, and if it was all nothing is new"() {
    const unread = new Unread();
    unread.attend(false);
    for (const seq of [1, 2, 3]) unread.come(entry(seq, {mention: seq < 3}));
    unread.drop([1, 7]);
    equal(state(unread), [2, 1, 2000, [2]]);
    unread.drop([1, 2]);
    equal(state(unread), [1, 1, 3000, []]);
    unread.drop([3]);
    equal(state(unread), [0, null, 0, []]);
    unread.attend(true);
    unread.come(entry(4));
    unread.attend(false);
    unread.come(entry(5));
    unread.drop([4]);
    equal(state(unread), [1, 5, 5000, []], "what was seen as it came does not count");
  },
};
