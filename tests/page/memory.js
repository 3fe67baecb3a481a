// What is remembered where the browser lets us, and where it does not.

import {Memory} from "../memory.js";
import {equal} from "./check.js";

function make(storage) {
  let failures = 0;
  const memory = new Memory(() => storage, () => { failures++; });
  return {memory, failures: () => failures};
}

function storageOf(kept, limit = Infinity) {
  return {
    getItem: name => kept[name] ?? null,
    removeItem: name => { delete kept[name]; },
    setItem(name, text) {
      if (text.length > limit) throw new DOMException("full", "QuotaExceededError");
      kept[name] = text;
    },
  };
}

// As a browser's: what is kept are its properties.
function real(kept) {
  const {getItem, removeItem, setItem} = storageOf(kept);
  return Object.assign(Object.create({getItem, removeItem, setItem}), kept);
}

export const cases = {
  "rooms behind one origin share nothing"() {
    const kept = {};
    const [one, two] = ["/a/ ", "/b/ "].map(prefix => new Memory(() => storageOf(kept), () => {}, prefix));
    one.set("session", "s");
    equal([kept, two.get("session")], [{"/a/ session": "s"}, null]);
    const listed = new Memory(() => real({"/a/ session": "s", "/b/ name": "x", other: "y"}), () => {}, "/a/ ");
    equal(listed.names(), ["session"]);
  },
  "it is the browser's storage"() {
    const kept = {};
    const {memory, failures} = make(storageOf(kept));
    memory.keep("list", [1]);
    memory.set("name", "Ann");
    equal([kept, memory.recall("list"), memory.get("name"), memory.get("none"), failures()], [{list: "[1]", name: "Ann"}, [1], "Ann", null, 0]);
  },
  "what is blocked is remembered as long as the page is open"() {
    const memory = new Memory(() => { throw new DOMException("blocked", "SecurityError"); }, () => {});
    equal([memory.get("name"), memory.recall("list")], [null, null]);
    memory.set("name", "Ann");
    equal(memory.get("name"), "Ann");
  },
  "what does not fit is remembered too, and what was there before does not come back"() {
    const kept = {};
    const {memory, failures} = make(storageOf(kept, 5));
    memory.set("draft", "abc");
    memory.set("draft", "abcdef");
    equal([memory.get("draft"), kept, failures()], ["abcdef", {}, 1]);
    memory.set("draft", "");
    equal([memory.get("draft"), kept], ["", {draft: ""}]);
  },
  "what can't be read is nothing"() {
    equal(make(storageOf({list: "{"})).memory.recall("list"), null);
  },
  "a storage that throws at every call is none"() {
    const broken = () => { throw new Error("broken"); };
    const {memory} = make({getItem: broken, setItem: broken, removeItem: broken});
    equal(memory.get("name"), null);
    memory.set("name", "Ann");
    equal(memory.get("name"), "Ann");
  },
};
