// What can be completed, and what is written in full.

import {completionsOf, pressed as press, start, update} from "../completion.js";
import {equal} from "./check.js";

const known = {commands: ["/me", "/name", "/history"], names: ["Bobby", "bob", "小明"]};

// What becomes of a text, with | where the caret is, when these keys are pressed.
function pressed(text, ...keys) {
  const [box, list] = ["textarea", "ul"].map(tag => document.createElement(tag));
  const caretAt = (value, caret = value.length) => {
    box.value = value;
    box.setSelectionRange(caret, caret);
  };
  start({box, list, ...known, names: () => known.names, opened() {}, put: caretAt});
  caretAt(text.replace("|", ""), text.indexOf("|"));
  update();
  for (const key of keys) press({key});
  return `${box.value.slice(0, box.selectionStart)}|${box.value.slice(box.selectionEnd)}`;
}

const options = (text, isAsked) => completionsOf(text, {...known, isAsked}).options;

export const cases = {
  "an @ anywhere is completed by names, in any case"() {
    equal(options("hi @B"), ["@Bobby", "@bob"]);
    equal(options("@"), ["@Bobby", "@bob", "@小明"]);
    equal(completionsOf("你好 @小", known), {start: 3, options: ["@小明"]});
    equal([options("a@b"), options("x_@b"), options("1@b")], [[], [], []]);
    equal(completionsOf("\u4f60\u597d@\u5c0f", known), {start: 2, options: ["@\u5c0f\u660e"]});
    equal([options("(@bo"), options("\u{1f600}@bo"), options("\u770b\u770b@")], [["@Bobby", "@bob"], ["@Bobby", "@bob"], ["@Bobby", "@bob", "@\u5c0f\u660e"]]);
  },
  "a slash that begins the text by commands, and nowhere else"() {
    equal([options("/h"), options("/"), options(" /h"), options("a /h")], [["/history"], known.commands, [], []]);
  },
  "a word by names, if that is asked for"() {
    equal([options("bo"), options("bo", true), options("", true)], [[], ["Bobby", "bob"], []]);
  },
  "what is picked takes the place of the word before the caret, which stays behind it"() {
    equal(pressed("hi @B|", "Enter"), "hi @Bobby |");
    equal(pressed("hi @B| and @b", "ArrowDown", "Tab"), "hi @bob | and @b");
    equal(pressed("/h|what", "Enter"), "/history |what");
    equal(pressed("hi bo|, you", "Tab", "Enter"), "hi Bobby |, you");
    equal(pressed("hi @B| you", "Escape", "Enter"), "hi @B| you");
  },
  "what is written in full needs nothing"() {
    equal([options("/me"), options("@bob"), options("@Bobby")], [[], [], []]);
  },
};
