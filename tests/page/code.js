// What is code in a text, and what only has its signs.

import {codeOf} from "../code.js";
import {equal, ok, quick} from "./check.js";

const blocks = text => codeOf(text).filter(({block}) => block !== undefined).map(({block}) => block);

const CODE = [
  "def f(x):\n    return x + 1\n\nprint(f(2))", "a = 1\nb += 2\nc.d = f(a)",
  "const a = 1;\nfunction f() {\n  return a;\n}",
  "2026-11-24 10:42:01 INFO started\n2026-11-24 10:42:02 WARN slow\n2026-11-24 10:42:03 ERROR gone",
  "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n    f()\nValueError: no",
  "| a | b |\n|---|---|\n| 1 | 2 |",
  "NAME      READY   STATUS\nweb-1     1/1     Running\nweb-2     0/1     Pending",
  "{\n  \"a\": 1,\n  \"b\": [2]\n}",
  "SELECT name\nFROM people\nWHERE id = 3;",
  "id\tname\n1\tAnn\n2\tBob",
];
const PROSE = [
  "", "hello", "one line;", "Hi all,\n\nlunch at one?\n\nAnn", "- milk\n- eggs\n- bread", "1. first\n2. second\n3. third",
  "> you said this\nand I say that\n> and this\nand so on", "roses are red,\nviolets are blue,\nsugar is sweet,\nand so are you",
  "好的，我也来看看\n谢谢！\n明天见；", "See you.  Then we talk.\nI am off.  Bye.\nReally.  Bye.",
];

export const cases = {
  "three backticks make a block, of a line or of several, and the language's name is none of it"() {
    equal(codeOf("```a * b```"), [{block: "a * b"}]);
    equal(codeOf("see\n```js\nlet a;\n  b\n```\nthere"), [{text: "see"}, {block: "let a;\n  b"}, {text: "there"}]);
    equal(codeOf("```\none\n```\n```\ntwo\n```"), [{block: "one"}, {block: "two"}]);
    equal(codeOf("```js is```"), [{block: "js is"}]);
  },
  "one backtick and one make code within a line"() {
    equal(codeOf("run `make run` or `make`."), [{text: "run "}, {code: "make run"}, {text: " or "}, {code: "make"}, {text: "."}]);
    equal(codeOf("it`s\nnot`"), [{text: "it`s\nnot`"}]);
  },
  "what is not closed or empty is what was written; but of a beginning the end may be missing"() {
    for (const text of ["```", "``````", "a ```b", "a `b", "``", "` `", "```a``"]) equal(codeOf(text), [{text}]);
    equal(codeOf("a\n```\nb\nc", true), [{text: "a"}, {block: "b\nc"}]);
  },
  "an asterisk is an asterisk"() {
    for (const text of ["*a* _b_ ~c~ # d", "**a**\n# b\n* c", "<b>`"]) equal(codeOf(text), [{text}]);
  },
  "lines that look like code, a log or a table are a block by themselves"() {
    for (const text of CODE) equal(blocks(text), [text]);
    equal(codeOf(`look:\n${CODE[1]}\nwhat is wrong?`), [{text: "look:"}, {block: CODE[1]}, {text: "what is wrong?"}]);
  },
  "what people write is none"() {
    for (const text of PROSE) equal(codeOf(text), [{text}]);
  },
  "nothing is lost, and whatever the text, it is looked through at once"() {
    const hostile = ["`", "``", "```", "````", "`a", "```a", "`a`", "``` ```", "` \n", "```\n", " ", "\t", "a\n", "| ", "   a", "a.", "\n", "[A-Z] ", "  \n;"];
    for (const unit of hostile) {
      const text = unit.repeat(65_000 / unit.length);
      let found;
      quick(200, unit, () => found = codeOf(text));
      ok(found.length <= 202, `${found.length} parts of ${JSON.stringify(unit)}`);
      ok(found.some(({text: plain = "", code = "", block = ""}) => plain || code || block) || !text.trim(), unit);
    }
  },
};
