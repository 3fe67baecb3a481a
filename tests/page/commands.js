// What is a command, what is said, and what is neither since it tells a password.

import {isSecret, reading, writtenFor} from "../commands.js";
import {equal, ok, quick} from "./check.js";

const rows = await (await fetch(new URL("commands.json", import.meta.url))).json();

export const cases = {
  "what is typed is obeyed, said or held back, as the server and gateway chat do it"() {
    for (const {typed, command, say} of rows) {
      const wanted = command ? {command: typed} : say ? {say} : {isHeld: true};
      equal([typed, reading(typed)], [typed, wanted]);
    }
  },
  "there are rows of each kind"() {
    for (const kind of ["command", "say", "held"]) ok(rows.filter(row => row[kind]).length > 7, kind);
  },
  "behind blanks a password's command is still that, and is sent as one"() {
    const blanks = [" ", "\t", "\n", "\u3000", "\u00a0", "\u2800", "\u200b", "\ufeff", "\u2060", "\u3164", "\u00ad", "\ufeff  \u2003"];
    for (const blank of blanks) {
      equal([blank, reading(`${blank}/op secret`)], [blank, {command: "/op secret"}]);
      equal([blank, reading(`${blank}/PASS secret`)], [blank, {command: "/PASS secret"}]);
      equal([blank, reading(`${blank}\uff0fop secret`)], [blank, {command: "\uff0fop secret"}]);
    }
    equal(reading(`${" ".repeat(60_000)}/op secret`), {command: "/op secret"});
  },
  "what only looks like one is held back here, too: a key of a Chinese keyboard among it"() {
    const looks = ["/ op secret", "\u3001op secret", "/op-secret", "/\u00adop x"];
    for (const text of looks) equal([text, reading(text)], [text, {isHeld: true}]);
  },
  "a password is one from its command's first letter to its end"() {
    for (const text of ["/op", "/op ", "/op s", "  /pass", "\uff0fpass x"]) ok(isSecret(text), text);
    for (const text of ["", "/", "/o", "/opera", "op secret", "/options", "//op x", "pass"]) ok(!isSecret(text), text);
  },
  "what somebody does is what comes behind /me, and any other command says nothing"() {
    const does = [["/me waves", "waves"], ["\uff0fme waves", "waves"], ["/ME\u3000 two\nlines", "two\nlines"], ["/me", ""], ["/me ", ""], ["/message x", ""], ["/who", ""]];
    for (const [typed, action] of does) equal([typed, reading(typed)], [typed, action ? {say: action, kind: "action"} : {command: typed}]);
  },
  "what was not sent is written again so that it says the same"() {
    for (const text of ["hello", "//who asks", "/etc/hosts", "///who", "/\uff0fwho", "// TODO", "/me waves"]) {
      const {say, kind} = reading(text);
      equal(writtenFor({text: say, kind}), text);
    }
    equal(writtenFor({text: "/who", kind: "draft"}), "/who");
  },
  "whatever the text, it is told at once"() {
    for (const text of [" ".repeat(1_000_000), "\u0301".repeat(100_000), `/${"\u200b".repeat(1_000_000)}op`, "\ufdfa".repeat(100_000)]) {
      quick(1000, text, () => isSecret(text));
    }
  },
};
