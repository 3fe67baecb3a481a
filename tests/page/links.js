// What is a link in a text, and what is not.

import {linked} from "../body.js";
import {parts} from "../links.js";
import {equal, quick} from "./check.js";

const links = text => parts(text).filter(({href}) => href).map(({href}) => href);

export const cases = {
  "links to http and https are found, without the sentence's punctuation"() {
    const table = [
      ["see https://example.org/a?b=c#d.", ["https://example.org/a?b=c#d"]],
      ["(http://example.org)", ["http://example.org"]],
      ["https://en.wikipedia.org/wiki/Poll_(system_call)!", ["https://en.wikipedia.org/wiki/Poll_(system_call)"]],
      ["https://example.com\u5f88\u597d\u7528", ["https://example.com"]],
      ["\u770bhttps://example.org/page\u8fd9\u4e2a\u9875\u9762", ["https://example.org/page"]],
      ["https://example.org/a\uff0c\u597d\uff1bhttps://b.example/\u3002", ["https://example.org/a", "https://b.example/"]],
      ["https://example.org\uff09", ["https://example.org"]],
      ["https://example.com\u304b\u3089", ["https://example.com"]],
      ["https://example.com\uc5d0\uc11c", ["https://example.com"]],
      ["https://example.com\u0e04\u0e23\u0e31\u0e1a", ["https://example.com"]],
      ["https://\u4f8b\u5b50.\u4e2d\u56fd/a\u8def", ["https://\u4f8b\u5b50.\u4e2d\u56fd/a"]],
      ["https://\u4f8b\u5b50.cn\u8bf7\u770b", ["https://\u4f8b\u5b50.cn"]],
      ["https://\u4f8b\u5b50.cn:8080/a?b", ["https://\u4f8b\u5b50.cn:8080/a?b"]],
      ["https://example.org/\u0643\u062a\u0627\u0628", ["https://example.org/\u0643\u062a\u0627\u0628"]],
      ["https://zh.wikipedia.org/wiki/\u8ba1\u7b97\u673a", ["https://zh.wikipedia.org/wiki/\u8ba1\u7b97\u673a"]],
      ["\u89c1https://zh.wikipedia.org/wiki/\u5c0f\u660e_(\u79d1\u5b66)\u3002\u8c22\u8c22", ["https://zh.wikipedia.org/wiki/\u5c0f\u660e_(\u79d1\u5b66)"]],
      ["https://ja.wikipedia.org/wiki/\u30a2\u30f3\u30fb\u30d9\u30fc\u3001\u4f50\u3005\u6728", ["https://ja.wikipedia.org/wiki/\u30a2\u30f3\u30fb\u30d9\u30fc"]],
      ["https://a.example/?q=\u4f60\u597d&page=2 \u597d", ["https://a.example/?q=\u4f60\u597d&page=2"]],
      ["https://a.example/x\u4f60\u597d?page=2", ["https://a.example/x\u4f60\u597d?page=2"]],
      ["https://a.example/?q=a\u4f60&b=\u597d\uff0c\u8c22\u8c22", ["https://a.example/?q=a\u4f60&b=\u597d"]],
      ["https://a.example/wiki/\u4e66#\u5386\u53f2", ["https://a.example/wiki/\u4e66#\u5386\u53f2"]],
      ["https://a.example/@\u5c0f\u660e/\u4e66/", ["https://a.example/@\u5c0f\u660e/\u4e66/"]],
      ["https://\u4f8b\u5b50.cn/\u8def/a", ["https://\u4f8b\u5b50.cn/\u8def/a"]],
      ["https://a.example/\u4e66,\u8c22\u8c22", ["https://a.example/\u4e66"]],
      ["\u89c1https://a.example/page\u8c22\u8c22?\u597d", ["https://a.example/page"]],
      ["https://a.example/\uff08\u597d\uff09", ["https://a.example/"]],
      ["HTTPS://EXAMPLE.ORG", ["HTTPS://EXAMPLE.ORG"]],
      ["a http://a.example b http://b.example", ["http://a.example", "http://b.example"]],
      ["\"https://example.org\"", ["https://example.org"]],
    ];
    for (const [text, wanted] of table) equal([text, links(text)], [text, wanted]);
  },
  "nothing else is"() {
    for (const text of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://", "https:// x", "xhttp:/a", "ftp://a.example", "example.org"]) {
      equal([text, links(text)], [text, []]);
    }
  },
  "the text stays what it was"() {
    const text = "a <b>http://a.example/<script></b> https://b.example, c";
    equal(parts(text).map(part => part.text).join(""), text);
    equal(parts(text).map(part => linked(part).textContent ?? part.text).join(""), text);
  },
  "a link opens elsewhere and tells nothing of us"() {
    const [link] = parts("https://example.org").map(linked);
    equal([link.rel, link.target], ["noreferrer", "_blank"]);
    equal(parts("<img src=x>").map(linked), ["<img src=x>"]);
  },
  "a link among letters from right to left keeps its own direction"() {
    equal(linked(parts("\u0634\u0627\u0647\u062f https://example.org/a?b=c \u0647\u0646\u0627")[1]).dir, "ltr");
  },
  "a message has 50 links at most; what is over is text"() {
    const found = parts("http://a ".repeat(7000));
    equal([found.filter(({href}) => href).length, found.length], [50, 100]);
    equal(found.map(({text}) => text).join(""), "http://a ".repeat(7000));
  },
  "what is too long to be a link is none"() {
    equal(links(`http://a/${"b".repeat(3000)} http://c`), ["http://c"]);
  },
  "whatever the text, it is looked through at once"() {
    const hostile = ["http://a" + ".".repeat(65_000) + "a", "http://".repeat(9000), "http://a(".repeat(7000), "http://a)".repeat(7000), "http://a\uff0c".repeat(5000),
      "http://\uff0c".repeat(5000), "https://\u4f8b.".repeat(6000), `http://a${"\u8def".repeat(65_000)}`, `http://a${"/\u8def".repeat(32_000)}`, "http://a/\u8def".repeat(9000), `http://a/${"(".repeat(65_000)}${")".repeat(65_000)}`];
    for (const text of hostile) {
      quick(1000, text, () => equal(parts(text).map(part => part.text).join("").length, text.length));
    }
  },
};
