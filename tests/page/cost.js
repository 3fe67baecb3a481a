// What a text costs a page, of the worst: a row is built while everybody waits, and a flood is many rows.

import {beginning} from "../body.js";
import {codeOf, withoutCode} from "../code.js";
import {isSecret} from "../commands.js";
import {parts} from "../links.js";
import {mentions} from "../mentions.js";
import {quick} from "./check.js";

const SHOWN = 2_500;  // characters of a row that is not folded
const LONGEST = 65_536;
const PIECES = ["http://", "http://[", "https://a", "http://a/\u8def", "\u6f22", "?a", "/\u8def", "&", "(", ")", ".", "`", "```", "```\n", "@ann", "@", "ann ", "\n", " ", "\t", "\u0301", "\u0345\u0301\u0323\u0327\u0334", "\u0345\uff9e", "\uff1a", "\u200b", "a", "1", "|"];
const LOOKED_AT = [text => parts(text), text => codeOf(text), text => codeOf(text, true), withoutCode, beginning, isSecret, text => mentions(text, "\u00e4nn", new Map())];

const filled = (unit, size) => unit.repeat(size / unit.length);

// Each piece alone and before each other one: in turns, many of the one and then many of the other, and that again and again.
function* texts(pieces, size) {
  for (const one of pieces) {
    yield filled(one, size);
    for (const other of PIECES) {
      yield filled(one + other, size);
      yield filled(one, size / 2) + filled(other, size / 2);
      yield filled(one.repeat(8) + other.repeat(30), size);
    }
  }
}

function looked(milliseconds, pieces, size) {
  for (const text of texts(pieces, size)) {
    for (const look of LOOKED_AT) quick(milliseconds, `${text.slice(0, 12)}\u2026 ${look}`, () => look(text));
  }
}

export const cases = {
  "no row costs more than some of a frame's time, whatever it is made of"() {
    looked(10, PIECES, SHOWN);
  },
  "nor does the longest text, unfolded, take more than some frames"() {
    looked(200, ["http://[", "```\n", "\u0345\u0301\u0323\u0327\u0334"], LONGEST);
  },
};
