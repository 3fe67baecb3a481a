// What is looked for, as it is typed, and what is shown of what was found.

import {inContext, sought} from "../finding.js";
import {equal, quick} from "./check.js";

const marked = (text, ...words) => inContext(text, words).map(({said, isWord}) => (isWord ? `[${said}]` : said)).join("");

export const cases = {
  "words are words, and of whom and when is told apart, as by gateway/searches.py"() {
    equal(sought("deploy failed"), {text: "deploy failed"});
    equal(sought("  deploy from:Ann since:2026-11-24 failed until:2026-11-25 before:41 "),
      {text: "deploy failed", from: "Ann", since: "2026-11-24", until: "2026-11-25", before: 41});
    equal(sought("FROM:\"Ann Lee\" x"), {text: "x", from: "Ann Lee"});
    equal(sought("部署 from：“小 明”"), {text: "部署", from: "小 明"});
    equal(sought("x from:"), {text: "x", from: ""});
    equal(sought("http://from:80 since"), {text: "http://from:80 since"});
    equal(sought(""), {text: ""});
  },
  "all words are marked, however they are written"() {
    equal(marked("who will DEPLOY today?", "deploy", "to"), "who will [DEPLOY] [to]day?");
    equal(marked("\uff21\uff22 Straße ab", "ab", "strasse"), "[\uff21\uff22] [Straße] [ab]");
    equal(marked("我看看数据库", "数据"), "我看看[数据]库");
    equal(marked("👍 ok 👍", "ok"), "👍 [ok] 👍");
    equal([marked("nothing of it", "else"), marked("", "x"), marked("x", "")], ["nothing of it", "", "x"]);
  },
  "it begins a little before the first word, and ends in time"() {
    const text = `${"a ".repeat(500)}here${" b".repeat(500)}`;
    const shown = marked(text, "here");
    equal([shown.startsWith("…a a"), shown.includes("[here] b b"), shown.length < 210], [true, true, true]);
    equal(marked("ab ".repeat(1000), "ab").startsWith("[ab] [ab]"), true);
  },
  "a long text takes no time"() {
    const text = "deploy ".repeat(9000);
    quick(300, text, () => marked(text, "deploy", "e"));
  },
};
