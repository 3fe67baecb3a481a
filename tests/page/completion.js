// What can be completed, and what is written in full.

import {completionsOf, pressed as press, refresh, start, update} from "../completion.js";
import {equal} from "./check.js";

const known = {commands: ["/me", "/name", "/history"], names: ["Bobby", "bob", "小明"]};

// What becomes of a text, with | where the caret is, when these keys are pressed.
function pressed(text, ...keys) {
  const {box} = open(text, keys);
  return `${box.value.slice(0, box.selectionStart)}|${box.value.slice(box.selectionEnd)}`;
}

// The box and the list, and which of these keys did something.
function open(text, keys = [], isUnknown = false) {
  const [box, list] = ["textarea", "ul"].map(tag => document.createElement(tag));
  const type = (written, from, to) => box.setRangeText(written, from, to, "end");
  start({box, list, commands: () => known.commands, names: () => known.names, opened: () => isUnknown, type});
  box.value = text.replace("|", "");
  box.setSelectionRange(text.indexOf("|"), text.indexOf("|"));
  update();
  return {box, list, done: keys.map(key => press({key}))};
}

const chosenOf = list => list.querySelector("[aria-selected=true]")?.textContent;

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
  "however it is composed, and in any width, as names are compared"() {
    const names = ["Nguy\u1ec5n", "Ann"];
    const found = text => completionsOf(text, {commands: ["/me"], names, isAsked: true});
    equal(found("hi @nguye\u0302\u0303"), {start: 3, options: ["@Nguy\u1ec5n"]});
    equal(found("\u1e0b\u0323\ufdfa @\uff21\uff4e"), {start: 4, options: ["@Ann"]}, "what is before it is longer when it is compared");
    equal([found("hi \uff20a"), found("\u770b\uff20"), found("a\uff20a")].map(each => [each.start, ...each.options]), [[3, "@Ann"], [1, "@Nguy\u1ec5n", "@Ann"], [0]]);
    equal([found("nguye\u0302\u0303n").options, found("\uff0fm").options], [["Nguy\u1ec5n"], ["/me"]]);
  },
  "without its accents, and by any of its words, but first those that begin so"() {
    const names = ["Priya Raghunathan", "Jos\u00e9", "S\u00f8ren", "Ann Lee", "Leo", "Zo\u00eb", "jean-luc", "d'Arc"];
    const found = text => completionsOf(text, {commands: ["/me"], names, isAsked: true}).options;
    equal(["jose", "@soren", "@ZOE", "@raghu", "@le", "@luc", "arc", "@zo\u00eb", "@thanz", "@hunathan"].map(found),
      [["Jos\u00e9"], ["@S\u00f8ren"], ["@Zo\u00eb"], ["@Priya Raghunathan"], ["@Leo", "@Ann Lee"], ["@jean-luc"], ["d'Arc"], ["@Zo\u00eb"], [], []]);
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
  "what was asked for stays, and what was chosen of it, when more is known"() {
    const {list} = open("hi bo|", ["Tab", "ArrowDown"]);
    refresh();
    equal([list.children.length, chosenOf(list)], [2, "bob"]);
    press({key: "Escape"});
    refresh();
    equal(list.hidden, true);
  },
  "who asks for a name that nobody is known by stays for the answer, and goes on by another Tab"() {
    equal([open("hi Kar|", ["Tab", "Tab"], true).done, open("hi Kar|", ["Tab"]).done, open("hi |", ["Tab"], true).done], [[true, false], [false], [false]]);
  },
  "what is written in full needs nothing"() {
    equal([options("/me"), options("@bob"), options("@Bobby")], [[], [], []]);
  },
};
