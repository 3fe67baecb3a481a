// A tab's own place in what the browser keeps, among other tabs.

import {Memory} from "../memory.js";
import {Place} from "../place.js";
import {equal, ok} from "./check.js";

const MINUTE = 60_000;

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
  "one that is duplicated has nothing of the other one's"() {
    const {open} = make();
    const tab = open();
    tab.keep("draft", "hello");
    const other = open(copyOf(tab));
    ok(tab.id !== other.id && tab.beat() && other.beat());
    equal([other.recall("draft"), other.inherit()], [null, []]);
  },
  "what a closed one left is there for one other, once"() {
    const {open, clock, kept} = make();
    const [tab, other] = [open(), open()];
    tab.keep("draft", "hello");
    tab.keep("pending", [1]);
    tab.leave();
    equal(other.inherit(), [], "it may be loading anew");
    clock.now += 4_000;
    equal([other.inherit(), other.inherit()], [[{pending: [1], draft: "hello"}], []]);
    equal(Object.keys(kept).filter(name => name.includes(tab.id)), []);
  },
  "one that is asleep in the background is not gone; one that ended without a word is"() {
    const {open, clock} = make();
    const [tab, other] = [open(), open()];
    for (let minute = 0; minute < 5; minute++) {
      clock.now += MINUTE;
      tab.beat();
      other.inherit();
      equal(other.inherit(), []);
    }
    const found = [];
    for (let second = 4; second <= 152; second += 4) {
      clock.now += 4_000;
      other.beat();
      if (other.inherit().length) found.push(second);
    }
    equal(found, [152]);
    ok(!tab.beat() && tab.beat(), "it has another place then");
  },
  "a machine that slept finds nobody gone"() {
    const {open, clock} = make();
    const [tab, other] = [open(), open()];
    clock.now += 60 * MINUTE;
    equal(other.inherit(), []);
    ok(other.beat() && tab.beat());
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
