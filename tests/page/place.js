// A tab's own place in what the browser keeps, among other tabs.

import {Memory} from "../memory.js";
import {Place} from "../place.js";
import {equal, ok} from "./check.js";

// A browser, and tabs in it; each has the sessionStorage that it is given.
function make() {
  const clock = {now: 1_000_000};
  const kept = Object.create({
    getItem(name) { return Object.hasOwn(this, name) ? this[name] : null; },
    removeItem(name) { delete this[name]; },
    setItem(name, text) { this[name] = text; },
  });
  const browser = new Memory(() => kept, () => {}, "/ops/ ");
  let count = 0;
  const open = (session = new Map()) => {
    const visit = {get: name => session.get(name) ?? null, set: (name, text) => session.set(name, text), session};
    return new Place(browser, visit, {now: () => clock.now, random: () => `r${count++}`});
  };
  return {clock, kept, open};
}

const copyOf = ({visit}) => new Map(visit.session);

export const cases = {
  "what it keeps is there after a reload, and under names of its own"() {
    const {open, kept} = make();
    const tab = open();
    tab.keep("draft", "hello");
    tab.leave();
    const reloaded = open(copyOf(tab));
    equal([reloaded.id, reloaded.recall("draft"), open().recall("draft")], [tab.id, "hello", null]);
    ok(Object.keys(kept).every(name => name.startsWith("/ops/ tab ")));
  },
  "who is shown again as it was left has its place, if nobody took it"() {
    const {open} = make();
    const tab = open();
    const {id} = tab;
    tab.leave();
    equal([tab.beat(), tab.id, tab.recall("alive").owner], [true, id, tab.me]);
  },
  "one that is duplicated has nothing of the other one's"() {
    const {open} = make();
    const tab = open();
    tab.keep("draft", "hello");
    const other = open(copyOf(tab));
    ok(tab.id !== other.id && tab.beat() && other.beat());
    equal([other.recall("draft"), other.inherit()], [null, {}]);
  },
  "what a closed one left is there for one other, once"() {
    const {open, kept} = make();
    const [tab, other] = [open(), open()];
    tab.keep("draft", "hello");
    tab.keep("pending", [1]);
    tab.leave();
    equal([other.inherit(), other.inherit(), other.inherit()], [{}, {}, {}], "it may be loading anew");
    equal([other.inherit(), other.inherit()], [{pending: [1], draft: "hello"}, {}]);
    equal(Object.keys(kept).filter(name => name.includes(tab.id)), []);
  },
  "one that comes back at once has lost nothing"() {
    const {open} = make();
    const [tab, other] = [open(), open()];
    tab.keep("draft", "hello");
    tab.leave();
    other.inherit();
    const reloaded = open(copyOf(tab));
    for (let look = 0; look < 100; look++) equal(other.inherit(), {});
    equal(reloaded.recall("draft"), "hello");
  },
  "one that is woken once a minute is not gone; one that ended without a word is"() {
    const {open, clock} = make();
    const [tab, other] = [open(), open()];
    tab.keep("draft", "hello");
    for (let second = 1; second < 300; second++) {
      clock.now += 1_000;
      if (second % 60 === 0) tab.beat();
      equal(other.inherit(), {});
    }
    const looks = Array.from({length: 200}, () => other.inherit().draft ?? "");
    equal(looks.indexOf("hello"), 90);
    ok(!tab.beat() && tab.beat(), "it has another place then");
    equal(tab.recall("draft"), null);
  },
  "a machine that slept, or whose clock was set, finds nobody gone"() {
    const {open, clock} = make();
    const [tab, other] = [open(), open()];
    for (const hours of [12, -24]) {
      clock.now += hours * 3_600_000;
      equal([other.inherit(), other.beat(), tab.beat(), other.inherit()], [{}, true, true, {}]);
    }
  },
  "of two that come at once with one id, one has it"() {
    const {open} = make();
    const tab = open();
    tab.leave();
    const [one, two] = [open(copyOf(tab)), open(copyOf(tab))];
    ok(one.id !== two.id);
    const late = open(copyOf(tab));
    late.take(one.id);  // neither saw the other
    ok(!one.beat() && late.beat() && one.id !== late.id);
  },
};
