// What is looked for, as it is typed, and what is shown of what was found.

import {inContext, sought} from "../finding.js";
import {equal, quick} from "./check.js";

const marked = (text, ...words) => inContext(text, words).map(({said, isWord}) => (isWord ? `[${said}]` : said)).join("");

export const cases = {
  "words are words, and of whom and when is told apart, as by gateway/searches.py"() {
    equal(sought("deploy failed"), {text: "deploy failed"});
    equal(sought("  deploy from:Ann since:2026-11-24 failed until:2026-11-25 before:41 "),
      {text: "deploy failed", from: "Ann", since: new Date(2026, 10, 24).toJSON(), until: new Date(2026, 10, 26).toJSON(), before: 41});
    equal(sought("from:Ann"), {text: "", from: "Ann"});
    equal(sought("FROM:\"Ann Lee\" x"), {text: "x", from: "Ann Lee"});
    equal(sought("部署 from：“小 明”"), {text: "部署", from: "小 明"});
    equal(sought("x from:"), {text: "x", from: ""});
    equal(sought("http://from:80 since"), {text: "http://from:80 since"});
    equal(sought(""), {text: ""});
  },
  "what is no day and no number is told from what is not asked for"() {
    for (const typed of ["since:yesterday", "since:2026-02-30", "until:2026", "until:2026-11", "since:11/24/2026", "until:2026-11-24T00:00", "before:abc", "before:0", "since:26-11-24"]) {
      equal(Object.values(sought(`x ${typed}`)).filter(each => each === null).length, 1, typed);
    }
    equal(sought("x until:2026-12-31").until, new Date(2027, 0, 1).toJSON());
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
  "it begins where all words stand near each other"() {
    const log = Array.from({length: 100}, (_, line) => `12:00:${line} ${line % 3 ? "INFO" : "ERROR"} worker-${line} did something`).join("\n");
    const shown = marked(log, "error", "worker-24");
    equal([shown.includes("[ERROR] [worker-24] did"), shown.length < 280], [true, true]);
    equal(marked("a b", "a", "b", "else"), "[a] [b]");
  },
  "of words that stand apart a bit of each is shown"() {
    const far = " x".repeat(300);
    const shown = marked(`one${far} two${far} three${far}`, "three", "one", "two");
    equal(["[one] x x", "x…", "x [two] x", "x [three] x"].map(each => shown.includes(each)), [true, true, true, true]);
    equal([shown.match(/…/g).length, shown.length < 230], [2, true]);
    const words = Array.from({length: 16}, (_, place) => `word${place + 10}`);
    const few = marked(words.join(far), ...words);
    equal(words.filter(each => few.includes(`[${each}]`)).length, 16);
  },
  "a long text takes no time"() {
    const text = "deploy ".repeat(9000);
    quick(300, text, () => marked(text, "deploy", "e"));
  },
};
