// Both languages say the same things.

import {TEXTS} from "../texts.js";
import {equal, ok} from "./check.js";

const VALUES = {
  moderate: ["Bob"], wrongHost: ["a"], wrongOrigin: ["a"], proxy: ["/a"], open: ["/a"], answered: ["a"],
  refused: [""], lost: ["10:42"], length: [180, 200], gap: [3, 3], members: [2], newer: [2, "14:02"], came: [["Ann"], 0], left_: [["Ann"], 0],
  renamed: ["guest-a", "Ann"], takeOver: ["Ann"],
};

export const cases = {
  "each has every text, of the same kind"() {
    const kinds = texts => Object.entries(texts).map(([key, text]) => `${key}: ${typeof text} ${text.length * (typeof text === "function")}`);
    equal(kinds(TEXTS.zh), kinds(TEXTS.en));
  },
  "those that depend on something are sentences too"() {
    for (const language of Object.values(TEXTS)) {
      equal(Object.keys(language).filter(key => typeof language[key] === "function").sort(), Object.keys(VALUES).sort());
      for (const [key, values] of Object.entries(VALUES)) ok(language[key](...values).length > 2 && !language[key](...values).includes("undefined"), key);
    }
  },
  "names are listed as each language lists them"() {
    equal(TEXTS.en.came(["Ann", "Bob"], 0), "Ann and Bob came");
    equal(TEXTS.en.came(["Ann"], 995), "Ann and 995 others came");
    equal(TEXTS.en.left_(["Ann", "Bob"], 1), "Ann, Bob, and 1 other left");
    equal(TEXTS.zh.came(["Ann", "\u5c0f\u660e"], 0), "Ann\u548c\u5c0f\u660e\u6765\u4e86");
  },
  "one message and several"() {
    equal([TEXTS.en.gap(3, 3), TEXTS.en.gap(3, 5)], ["1 message is gone from the log", "3 messages are gone from the log"]);
  },
};
