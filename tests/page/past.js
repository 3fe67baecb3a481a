// Pages of what was said before: older ones, those around a place that one jumped to, and what is answered.

import {edgesOf} from "../past.js";
import {Store} from "../store.js";
import {equal, ok} from "./check.js";

const AT = "2026-11-24T11:00:00.000Z";
const memory = {get: () => null, keep() { /* nothing */ }, recall: () => null, empty() { /* nothing */ }};
const said = (from, to = from, more = {}) => Array.from({length: to - from + 1}, (_, index) => ({seq: from + index, at: AT, from: "bob", via: "web", text: `text ${from + index}`, ...more}));

// At 1000, with the last five.
function make() {
  const store = new Store({tab: memory, browser: memory});
  store.apply({type: "welcome", epoch: "e", seq: 1000, resumed: false, session: "s", id: "by-ann", name: "ann", members: 1});
  const page = (asked, messages, more = true) => {
    store.asked.push(asked);
    store.apply({type: "page", messages, more});
  };
  page({}, said(996, 1000));
  const places = () => Object.fromEntries(store.entries.map(({seq, kind}, index) => [seq ?? kind, store.offset + index]));
  return {store, page, places};
}

const hasHole = ({entries}) => entries.some(({kind}) => kind === "hole");
const shown = ({entries}) => entries.map(({seq, kind}) => seq ?? kind);

export const cases = {
  "who spoke in what one looks at comes behind who speaks now, each by what was said last"() {
    const {store, page} = make();
    store.apply({type: "message", ...said(1001, 1001, {from: "dan"})[0]});
    const old = [...said(48, 48, {from: "dan"}), ...said(49, 49, {from: "fay"}), ...said(50, 50, {from: "eve"}), ...said(51, 51, {from: "fay"}), ...said(52)];
    page({kind: "land", seq: 48}, old);
    equal(store.company, ["dan", "bob", "fay", "eve"]);
    page({kind: "quote", seq: 7}, said(7, 7, {from: "gus"}));
    equal(store.company, ["dan", "bob", "fay", "eve", "gus"]);
    page({}, Array.from({length: 1500}, (_, index) => said(46, 46, {from: `n${index}`})[0]));
    equal([store.names.size, store.company.slice(0, 6)], [1000, ["dan", "bob", "fay", "eve", "gus", "n1499"]]);
    store.apply({type: "message", ...said(1002, 1002, {from: "eve"})[0]});
    equal(store.company.slice(0, 3), ["eve", "dan", "bob"]);
  },
  "what one jumped to stands before a hole, and what is now stays in its place"() {
    const {store, page, places} = make();
    const {[996]: place} = places();
    page({kind: "land", seq: 50}, said(50, 52));
    equal(shown(store), [50, 51, 52, "hole", 996, 997, 998, 999, 1000]);
    equal([places()[996], edgesOf(store), store.more], [place, [52, 996], true]);
    store.apply({type: "message", ...said(1001)[0]});
    equal(shown(store).at(-1), 1001);
  },
  "it is filled from where one reads, until both sides meet"() {
    const {store, page, places} = make();
    page({kind: "land", seq: 50}, said(50));
    const {50: place, 996: now} = places();
    page({kind: "after"}, said(51, 52));
    equal([shown(store).slice(0, 4), places()[50]], [[50, 51, 52, "hole"], place]);
    const {996: moved} = places();
    page({kind: "before"}, said(994, 995));
    equal([shown(store).slice(2, 6), places()[996]], [[52, "hole", 994, 995], moved]);
    ok(moved === now + 2);
    page({kind: "after"}, said(53, 55));
    page({kind: "after"}, said(993, 996));
    equal([shown(store).slice(5, 9), hasHole(store)], [[55, 993, 994, 995], false]);
    const {1000: last} = places();
    page({kind: "after"}, said(60));
    page({kind: "before"}, said(60));
    equal([places()[1000], shown(store).includes(60)], [last, false], "a page that comes too late is nothing");
  },
  "it ends from below too, and where nothing is between"() {
    for (const [messages, more] of [[said(50, 55), true], [said(51, 55), false], [[], true]]) {
      const {store, page, places} = make();
      page({kind: "land", seq: 50}, said(50));
      const {996: place} = places();
      page({kind: "before"}, messages, more);
      equal([hasHole(store), places()[996]], [false, place]);
      equal(shown(store).slice(0, 2), [50, messages.length ? 51 : 996]);
    }
  },
  "of a message that is gone nothing changes; another place takes the first one's"() {
    const {store, page, places} = make();
    const {1000: place} = places();
    page({kind: "land", seq: 50}, said(51, 52));
    page({kind: "land", seq: 2000}, []);
    equal(shown(store), [996, 997, 998, 999, 1000]);
    page({kind: "land", seq: 50}, said(50));
    page({kind: "land", seq: 699}, said(699, 700));
    equal([shown(store).slice(0, 4), places()[1000]], [[699, 700, "hole", 996], place]);
    equal(store.characters, said(699, 700).concat(said(996, 1000)).reduce((sum, {text}) => sum + text.length, 0));
    page({}, said(697, 698), false);
    equal([shown(store).slice(0, 3), places()[1000], store.more], [[697, 698, 699], place, false]);
  },
  "where it meets what is there no hole is between"() {
    for (const before of [[], [50]]) {
      const {store, page, places} = make();
      const {1000: place} = places();
      for (const seq of before) page({kind: "land", seq}, said(seq));
      page({kind: "land", seq: 994}, said(994, 998));
      equal([shown(store), places()[1000]], [[994, 995, 996, 997, 998, 999, 1000], place]);
    }
  },
  "what is new counts by its seqs until it is loaded, and the line is where it begins or nowhere"() {
    const {store, page} = make();
    const {unread} = store;
    const state = () => [unread.count, unread.divider];
    unread.begin(49);
    unread.found(store.entries);
    page({kind: "quote", seq: 7}, said(7));
    equal([...state(), unread.isReached], [951, null, false]);
    page({kind: "land", seq: 500}, said(500, 501));
    equal(state(), [951, null]);
    page({kind: "land", seq: 20}, said(20, 21));
    equal(state(), [951, null]);
    page({kind: "land", seq: 48}, said(48, 53));
    equal(state(), [951, 50]);
    page({kind: "after"}, said(55, 60, {by: "by-ann"}));
    equal(state(), [944, 50], "but one's own, and what is gone");
    page({kind: "before"}, said(60, 995));
    equal(state(), [944, 50]);
    page({kind: "quote", seq: 7}, said(7));
    equal([...state(), hasHole(store)], [944, 50, false]);
  },
  "who goes to what is new gets to the first that is left of it, and knows then that it is"() {
    for (const [messages, first, count] of [[said(60, 61), 60, 941], [said(996, 997), 996, 5], [[], null, 0]]) {
      const {store, page} = make();
      store.unread.begin(49);
      if (first) store.unread.found(store.entries);
      page({kind: "land"}, messages);
      equal([store.unread.divider, store.unread.count], [first, count]);
    }
  },
  "what is dropped as too much stays new"() {
    const {store} = make();
    store.unread.attend(false);
    for (let seq = 1001; seq <= 25_000; seq++) store.apply({type: "message", ...said(seq)[0]});
    ok(store.firstSeq > 1001);
    equal([store.unread.count, store.unread.since], [24_000, Date.parse(AT)]);
  },
  "what is answered is what is there, what was asked for, or gone"() {
    const {store, page} = make();
    for (const [index, re] of [997, 5, 6].entries()) store.apply({type: "message", ...said(1001 + index)[0], re});
    equal([997, 5].map(seq => store.quoteOf(seq)?.text), ["text 997", undefined]);
    page({kind: "quote", seq: 5}, said(5));
    page({kind: "quote", seq: 6}, said(7));
    equal([store.quoteOf(5).text, store.quoteOf(6)], ["text 5", null]);
    store.apply({type: "deleted", seq: 1004, of: [5, 997], from: "bob"});
    equal([store.quoteOf(5), store.quoteOf(997)], [null, null]);
    equal(store.entries.slice(-3).map(({version = 0}) => version), [1, 1, 0], "what was deleted stays in no row");
    equal(shown(store), [996, 997, 998, 999, 1000, 1001, 1002, 1003]);
  },
  "what was taken back is in no answer that comes late, whatever was asked for"() {
    const {store, page} = make();
    store.apply({type: "deleted", seq: 1001, of: [5, 49, 60, 993], from: "bob"});
    page({kind: "quote", seq: 5}, said(5));
    equal(store.quoteOf(5), null);
    page({}, said(991, 995));
    equal(shown(store).slice(0, 5), [991, 992, 994, 995, 996]);
    page({kind: "land", seq: 60}, said(60, 61));
    equal([shown(store)[0], hasHole(store)], [991, false]);
    page({kind: "land", seq: 48}, said(48, 50));
    equal(shown(store).slice(0, 4), [48, 50, "hole", 991]);
    store.apply({type: "message", ...said(60)[0]});
    equal([shown(store).at(-1), store.unread.count], [1000, 0]);
  },
  "a page of which nothing is left fills no hole, and the next one does"() {
    const {store, page} = make();
    page({kind: "land", seq: 50}, said(50));
    store.apply({type: "deleted", seq: 1001, of: [51, 52, 994, 995], from: "bob"});
    page({kind: "after"}, said(51, 52));
    page({kind: "before"}, said(994, 995));
    equal(shown(store).slice(0, 3), [50, "hole", 996]);
    page({kind: "after"}, said(53, 54));
    equal(shown(store).slice(0, 4), [50, 53, 54, "hole"]);
    store.apply({type: "deleted", seq: 1002, of: [990], from: "bob"});
    page({kind: "after"}, said(990), false);
    equal([shown(store).slice(0, 4), hasHole(store)], [[50, 53, 54, 996], false]);
  },
  "of what is gone the newest five thousand are known, and none in another log"() {
    const {store, page} = make();
    for (let seq = 1; seq < 6000; seq += 2) store.apply({type: "deleted", seq: 6000 + seq, of: [seq, seq + 1], from: "bob"});
    equal([store.gone.size, store.gone.has(1000), store.gone.has(1001)], [5000, false, true]);
    store.apply({type: "welcome", epoch: "other", seq: 9000, resumed: false, session: "s", id: "by-ann", name: "ann", members: 1});
    page({}, said(5990, 5991));
    equal(shown(store), [5990, 5991, "fresh"]);
  },
};
