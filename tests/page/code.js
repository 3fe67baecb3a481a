// What is code in a text, and what only has its signs: the cases that gateway chat has too.

import {codeOf} from "../code.js";
import {equal, ok, quick} from "./check.js";

const rows = await (await fetch(new URL("code.json", import.meta.url))).json();

export const cases = {
  "of each text just this is code"() {
    for (const {text, parts} of rows) equal(codeOf(text), parts);
    equal(codeOf(""), [{text: ""}]);
  },
  "of a beginning the end may be missing"() {
    equal(codeOf("a\n```\nb\nc", true), [{text: "a"}, {block: "b\nc"}]);
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
