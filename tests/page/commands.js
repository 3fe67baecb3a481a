// What is a command, what is said, and what is neither since it tells a password.

import {isSecret, reading} from "../commands.js";
import {equal, ok} from "./check.js";

export const cases = {
  "what begins with /word is a command"() {
    for (const text of ["/who", "/name Ann", "/dance", "/op secret", "/OP secret", "/pass x y", "/\uff2f\uff30 secret", "/\u5e2e\u52a9", "/who\nx"]) equal(reading(text), {command: text});
  },
  "anything else is said, with one slash less of two"() {
    const table = [["hello", "hello"], ["/etc/hosts is wrong", "/etc/hosts is wrong"], ["//who asks", "/who asks"], ["//op secret", "/op secret"], ["// TODO", "// TODO"], [" /who", " /who"], ["/", "/"],
      ["/opera is nice", undefined], ["and /op secret", "and /op secret"], ["passwords: /pass", "passwords: /pass"], ["\u3001\u7136\u540e", "\u3001\u7136\u540e"]];
    for (const [text, said] of table) equal([text, reading(text).say], [text, said]);
  },
  "behind blanks a password's command is still that, and is sent as one"() {
    const blanks = [" ", "\t", "\n", "\u3000", "\u00a0", "\u2800", "\u200b", "\ufeff", "\u2060", "\u3164", "\u00ad", "\ufeff  \u2003"];
    for (const blank of blanks) {
      equal([blank, reading(`${blank}/op secret`)], [blank, {command: "/op secret"}]);
      equal([blank, reading(`${blank}/PASS secret`)], [blank, {command: "/PASS secret"}]);
    }
    equal(reading(`${" ".repeat(60_000)}/op secret`), {command: "/op secret"});
  },
  "what only looks like one is held back"() {
    const looks = ["\uff0fop secret", " \uff0fop secret", "\uff0f\uff4f\uff50 secret", "/ op secret", "/o\u200bp secret", "/\u200bop secret", "\u3001op secret", "\u2215pass secret", "\u2044op x", "/op:secret", "/op-secret", "/\u00adop x"];
    for (const text of looks) equal([text, reading(text)], [text, {isHeld: true}]);
  },
  "a password is one from its command's first letter to its end"() {
    for (const text of ["/op", "/op ", "/op s", "  /pass", "\uff0fpass x"]) ok(isSecret(text), text);
    for (const text of ["", "/", "/o", "/opera", "op secret", "/options", "//op x", "pass"]) ok(!isSecret(text), text);
  },
  "whatever the text, it is told at once"() {
    for (const text of [" ".repeat(1_000_000), "\u0301".repeat(100_000), `/${"\u200b".repeat(1_000_000)}op`, "\ufdfa".repeat(100_000)]) {
      const start = performance.now();
      isSecret(text);
      ok(performance.now() - start < 1000);
    }
  },
};
