// A tab's own place in what the browser keeps, among other tabs.

import {Memory} from "../memory.js";
import {Place} from "../place.js";
import {equal, ok} from "./check.js";

// A browser, and tabs in it; each has the sessionStorage that it is given. Those that are here answer a call.
function make() {
  const here = new Set();
  const kept = Object.create({
    getItem(name) { return Object.hasOwn(this, name) ? this[name] : null; },
    removeItem(name) { delete this[name]; },
    setItem(name, text) {
      this[name] = text;
      if (name === "/ops/ call") for (const each of here) each.beat(true);
    },
  });
  const browser = new Memory(() => kept, () => {}, "/ops/ ");
  const open = (session = new Map(), isReload = false) => {
    const visit = {get: name => session.get(name) ?? null, set: (name, text) => session.set(name, text), session};
    const tab = new Place(browser, visit, isReload);
    here.add(tab);
    return tab;
  };
  const end = (tab, how) => {
    if (how === "closed") tab.leave();
    here.delete(tab);
  };
  return {kept, open, end};
}

const copyOf = ({visit}) => new Map(visit.session);
const looks = (tab, count) => Array.from({length: count}, () => tab.left().map(({text}) => text).join());

export const cases = {
  "what it keeps is there after a reload, and under names of its own, said it that it goes or not"() {
    for (const how of ["closed", "killed"]) {
      const {open, end, kept} = make();
      const tab = open();
      tab.keep("draft", "hello");
      end(tab, how);
      const reloaded = open(copyOf(tab), how === "killed");
      equal([reloaded.id, reloaded.recall("draft"), open().recall("draft")], [tab.id, "hello", null]);
      ok(Object.keys(kept).every(name => name.startsWith("/ops/ tab ")));
    }
  },
  "who is shown again as it was left has its place, if nobody took it"() {
    const {open} = make();
    const tab = open();
    const {id} = tab;
    tab.leave();
    equal([tab.beat(), tab.id, tab.markOf(id)], [true, id, tab.mark]);
    ok(tab.mark);
  },
  "one that is duplicated has nothing of the other one's"() {
    const {open} = make();
    const tab = open();
    tab.keep("draft", "hello");
    const other = open(copyOf(tab));
    ok(tab.id !== other.id && tab.beat() && other.beat());
    equal([other.recall("draft"), ...looks(other, 30)], Array.from({length: 31}, (_, place) => (place ? "" : null)));
  },
  "what one left that is gone is offered at once, also of one that ended without a word, and until somebody takes it"() {
    for (const how of ["closed", "killed"]) {
      const {open, end, kept} = make();
      const [tab, other, third] = [open(), open(), open()];
      tab.keep("draft", "hello");
      tab.keep("pending", [{id: "a", text: "unsent"}]);
      third.keep("draft", "mine");
      end(tab, how);
      equal(looks(other, 3), ["", "unsent,hello", "unsent,hello"]);
      equal(other.left(), [{id: "a", text: "unsent", of: tab.id}, {id: tab.id, text: "hello", kind: "draft", of: tab.id}]);
      equal([looks(third, 2), looks(other, 1)], [["", "unsent,hello"], ["unsent,hello"]], "by each that is looked at");
      other.empty(tab.id);
      equal([looks(third, 1), Object.keys(kept).filter(name => name.includes(tab.id))], [[""], []]);
    }
  },
  "one that ends while another is looked at is missed at the next call"() {
    const {open, end} = make();
    const [tab, other] = [open(), open()];
    tab.keep("draft", "hello");
    equal(looks(other, 5).join(""), "");
    end(tab, "killed");
    equal(looks(other, 2), ["", "hello"]);
  },
  "of one that left nothing no name is kept"() {
    const {open, end, kept} = make();
    const [tab, other] = [open(), open()];
    tab.keep("draft", " ");
    for (const damaged of [null, 17, [{}, null]]) tab.keep("pending", damaged);
    end(tab, "killed");
    equal([looks(other, 2), Object.keys(kept).filter(name => name.includes(tab.id))], [["", ""], []]);
  },
  "one that comes back, by the browser's history or from the cold, has lost nothing"() {
    const {open, end} = make();
    const [tab, other] = [open(), open()];
    tab.keep("draft", "hello");
    end(tab, "closed");
    equal(looks(other, 2), ["", "hello"]);
    const back = open(copyOf(tab));
    equal([looks(other, 30).join(""), back.id, back.recall("draft")], ["", tab.id, "hello"]);
    end(back, "frozen");
    equal(looks(other, 2), ["", "hello"]);
    ok(back.beat(true));
    equal([looks(other, 1), back.recall("draft")], [[""], "hello"]);
  },
  "one that was taken for gone, and from which something was taken, has another place then"() {
    const {open, end} = make();
    const [tab, other] = [open(), open()];
    tab.keep("draft", "hello");
    end(tab, "frozen");
    looks(other, 2);
    other.empty(tab.id);
    ok(!tab.beat() && tab.beat());
    equal(tab.recall("draft"), null);
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
