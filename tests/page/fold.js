// Long texts: their beginnings, and their pieces.

import {beginning, pieces} from "../fold.js";
import {equal, ok} from "./check.js";

const start = text => beginning(text).text;

export const cases = {
  "a text of some length is whole"() {
    for (const text of ["", "hello", "x".repeat(2500), "line\n".repeat(24), "\n".repeat(25)]) {
      equal(beginning(text), {text, isWhole: true, isTorn: false});
    }
  },
  "a longer one begins with 20 lines, or 2,000 characters"() {
    equal(start("line\n".repeat(30)), "line\n".repeat(20).trim());
    equal(start("\n".repeat(65_000)).length, 19);
    equal(start("x".repeat(65_000)).length, 2000);
    equal(start(`${"x".repeat(3000)}\n`.repeat(30)).length, 2000);
  },
  "it ends between words where there are any near, else it is torn"() {
    const {text, isTorn} = beginning("words ".repeat(600));
    equal([text.length, text.slice(-6), isTorn], [1997, " words", false]);
    ok(beginning("x".repeat(3000)).isTorn);
    ok(!beginning(`${"x".repeat(2000)} ${"y".repeat(1000)}`).isTorn);
  },
  "it does not end within a character"() {
    equal(start("\ud83d\ude00".repeat(2000)).length, 2000);
    equal(start(`x${"\ud83d\ude00".repeat(2000)}`).length, 1999);
  },
  "pieces are all of it, each a few lines, or one"() {
    const texts = ["", "x", "x".repeat(70_000), "\n".repeat(65_000), "line\n".repeat(5000), `${"x".repeat(5000)}\n`.repeat(12), `a\n${"x".repeat(9000)}\nb`, "x\n".repeat(199) + "y".repeat(9000)];
    for (const text of texts) {
      const found = pieces(text);
      equal(found.join(""), text);
      ok(found.slice(0, -1).every(piece => piece.endsWith("\n")));
      ok(found.every(piece => piece.split("\n").length <= 201 && (piece.length <= 4000 || !piece.slice(0, -1).includes("\n"))));
    }
  },
};
