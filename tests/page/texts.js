// Both languages say the same things.

import {LANGUAGES, dayName, format, listed, t, translate, worded} from "../i18n.js";
import {TEXTS} from "../texts.js";
import {equal, ok} from "./check.js";

const holes = text => [...new Set(text.match?.(/\{\d\}/g) ?? [])].sort().join("");

// Whoever speaks another language says so at the end.
function inEach(act) {
  try {
    for (const language of LANGUAGES) {
      translate(language);
      act(language);
    }
  } finally {
    translate("en");
  }
}

// What somebody reads whose browser speaks that.
function read(reader, language, act, clock = "system") {
  Object.defineProperty(navigator, "language", {value: reader, configurable: true});
  try {
    translate(language, clock);
    return act();
  } finally {
    delete navigator.language;
    translate("en");
  }
}

export const cases = {
  "the words are the page's, the clock and a date's order the reader's"() {
    const at = new Date(2026, 10, 7, 14, 5, 9);
    const told = () => ["time", "day", "short"].map(kind => format(kind, at).replace("\u202f", " "));
    const table = {
      "en-US": ["2:05 PM", "Saturday, November 7", "11/7/26, 2:05 PM"],
      "en-GB": ["14:05", "Saturday 7 November", "07/11/2026, 14:05"],
      "de-DE": ["14:05", "Saturday, 7 November", "07/11/2026, 14:05"],
      de: ["14:05", "Saturday, 7 November", "07/11/2026, 14:05"],
      "sv-SE": ["14:05", "Saturday, 7 November", "2026-11-07, 14:05"],
      "ru-RU": ["14:05", "Saturday, 7 November", "07/11/2026, 14:05"],
      "pt-BR": ["14:05", "Saturday, 7 November", "07/11/2026, 14:05"],
      "zh-CN": ["14:05", "Saturday, 7 November", "07/11/2026, 14:05"],
      "en-US@posix": ["2:05 PM", "Saturday, November 7", "11/7/26, 2:05 PM"],
    };
    equal(Object.fromEntries(Object.keys(table).map(reader => [reader, read(reader, "en", told)])), table);
    equal(read("zh-CN", "zh", told), ["14:05", "11\u67087\u65e5\u661f\u671f\u516d", "2026/11/7 14:05"]);
    equal(read("zh-TW", "zh", told)[0], "\u4e0b\u53482:05");
    ok(/^0?2:05 pm$/.test(read("de-DE", "en", told, "h12")[0]));
    equal([read("de-DE", "en", () => dayName(Date.now())), read("en-GB", "en", () => listed(["Ann", "Bob", "Cid"], 0))], ["Today", "Ann, Bob and Cid"]);
  },
  "each text is there in each language, about the same things"() {
    const odd = Object.entries(TEXTS).filter(([, each]) => each.length !== LANGUAGES.length || each.some(text => !text));
    equal(odd, []);
    const differing = Object.values(TEXTS).filter(each => !each.some(text => text.call) && holes(each[0]) !== holes(each[1]));
    equal(differing, []);
  },
  "what a text is about stands in its place, as it is"() {
    inEach(language => equal(t("newer", 2, "$& {0}"), {en: "2 new since $& {0}", zh: "$& {0} \u8d77 2 \u6761\u65b0\u6d88\u606f"}[language]));
    equal([t("moderate"), t("nothing"), t("latest")], ["Moderate ", undefined, "To the end"]);
  },
  "what is refused is told in the page's language, about what it is about, as it is"() {
    const refused = detail => worded({code: "name-taken", message: "as the server said it", detail});
    const told = [];
    inEach(() => told.push(refused("$& $' {detail}")));
    const theirs = told.filter(text => text !== "as the server said it");
    equal([told.length, theirs.length], [2, 1]);
    ok(theirs[0].includes("$& $' {detail}") && theirs[0] !== refused("") && !theirs[0].includes("undefined"), theirs[0]);
    inEach(() => equal(worded({code: "none of these", message: "as it is"}), "as it is"));
  },
  "those that depend on something are sentences too"() {
    inEach(() => {
      for (const key of Object.keys(TEXTS)) ok(t(key, 3, 2).length && !/undefined|[{}]/.test(t(key, 3, 2)), key);
    });
  },
  "names are listed as each language lists them"() {
    const told = (...who) => t("came", listed(...who));
    equal([told(["Ann", "Bob"], 0), told(["Ann"], 995)], ["Ann and Bob came", "Ann and 995 more came"]);
    equal(told(["Ann", "Bob"], 1), "Ann, Bob, and 1 more came");
    inEach(language => language === "zh" && equal(told(["Ann", "\u5c0f\u660e"], 0), "Ann\u548c\u5c0f\u660e\u6765\u4e86"));
  },
  "today and yesterday have names, and no other day: a clock may be wrong"() {
    const inDays = count => dayName(new Date().setDate(new Date().getDate() + count));
    equal([inDays(0), inDays(-1)], ["Today", "Yesterday"]);
    for (const count of [1, 2, -2]) ok(/\d/.test(inDays(count)), inDays(count));
  },
};
