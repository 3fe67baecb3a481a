// Long texts: their beginnings.

import {beginning} from "../body.js";
import {equal} from "./check.js";

const start = text => beginning(text).text;

export const cases = {
  "a text of some length is whole"() {
    for (const text of ["", "hello", "x".repeat(2500), "line\n".repeat(24), "\n".repeat(25)]) {
      equal(beginning(text), {text, isWhole: true});
    }
  },
  "a longer one begins with 20 lines, or 2,000 characters"() {
    equal(start("line\n".repeat(30)), "line\n".repeat(20).trim());
    equal(start("\n".repeat(65_000)).length, 19);
    equal(start("x".repeat(65_000)).length, 2000);
    equal(start(`${"x".repeat(3000)}\n`.repeat(30)).length, 2000);
  },
  "it does not end within a character"() {
    equal(start("\ud83d\ude00".repeat(2000)).length, 2000);
    equal(start(`x${"\ud83d\ude00".repeat(2000)}`).length, 1999);
  },
};
