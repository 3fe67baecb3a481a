// Whom a text speaks to: the cases that gateway chat has too.

import {mentions, wordsOf} from "../mentions.js";
import {equal, ok, quick} from "./check.js";

const rows = await (await fetch(new URL("mentions.json", import.meta.url))).json();

export const cases = {
  "a name is meant, or not"() {
    const wrong = rows.filter(({text, name, names, mention}) => mentions(text, name, names ?? []) !== mention);
    equal(wrong, []);
  },
  async "the same where the browser can't tell words apart"() {
    const {Segmenter} = Intl;
    delete Intl.Segmenter;
    try {
      const {mentions: plainly} = await import("../mentions.js?without");
      equal(rows.filter(row => !row.segmenter && plainly(row.text, row.name, row.names ?? []) !== row.mention), []);
    } finally {
      Intl.Segmenter = Segmenter;
    }
  },
  "what speaks to a name has the words that the server is asked for"() {
    const low = text => text.normalize("NFKC").toUpperCase().toLowerCase();
    const lacks = ({text, name}) => wordsOf(name).split(" ").some(word => !low(text).includes(low(word)));
    equal(rows.filter(row => row.mention && lacks(row)), []);
    equal(["Ann Lee", "José", "Çağla", "Straße", "İnci", "小明", "김철수", "が", "éÉ", "Ａｎｎ"].map(wordsOf),
      ["Ann Lee", "Jos", "a la", "Stra e", "nci", "小明", "김철수", "が", "éÉ", "Ann"]);
  },
  "there are rows of both kinds"() {
    ok(rows.filter(({mention}) => mention).length > 20 && rows.filter(({mention}) => !mention).length > 10);
  },
  "whatever the text and the names, it is looked through at once"() {
    const known = new Set(Array.from({length: 1000}, (_, index) => `name ${index}`));
    const hostile = [["ann".repeat(21_000), "ann"], ["\u5c0f\u660e".repeat(21_000), "\u5c0f\u660e"], ["a".repeat(65_000), "a".repeat(31) + "b"], ["@an ".repeat(16_000), "ann"], ["(((((((((".repeat(7000), "((((("],
      ["http://a ".repeat(7000), "ann"], [`http://${"\u8def/".repeat(32_000)}`, "ann"], ["`a` ".repeat(16_000), "ann"], ["``` ".repeat(16_000), "ann"]];
    for (const [text, name] of hostile) {
      quick(1000, text, () => mentions(text, name, known));
    }
  },
  "each name that is known is looked at once, and words are told apart at a few places"() {
    let looks = 0;
    const known = {
      *[Symbol.iterator]() {
        for (let index = 0; index < 1000; index++, looks++) yield `Bob ${index}`;
      },
    };
    ok(!mentions("@Bob 999 ".repeat(7000), "Bob", known));
    equal(looks, 1000);
    const {segment} = Intl.Segmenter.prototype;
    let asked = 0;
    Intl.Segmenter.prototype.segment = function (text) {
      asked += text.length;
      return segment.call(this, text);
    };
    try {
      ok(!mentions("\u660e\u5929".repeat(32_000), "\u660e"));
    } finally {
      Intl.Segmenter.prototype.segment = segment;
    }
    ok(0 < asked && asked <= 1600, asked);
  },
};
