// What is a link in a text, and what is not.

import {nodes, parts} from "../links.js";
import {equal, ok} from "./check.js";

const links = text => parts(text).filter(({href}) => href).map(({href}) => href);

export const cases = {
  "links to http and https are found, without the sentence's punctuation"() {
    const table = [
      ["see https://example.org/a?b=c#d.", ["https://example.org/a?b=c#d"]],
      ["(http://example.org)", ["http://example.org"]],
      ["https://en.wikipedia.org/wiki/Poll_(system_call)!", ["https://en.wikipedia.org/wiki/Poll_(system_call)"]],
      ["\u770bhttps://example.org/\u8def\uff0c\u597d\u3002", ["https://example.org/\u8def"]],
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
    equal(nodes(text).map(node => node.textContent).join(""), text);
  },
  "a link opens elsewhere and tells nothing of us"() {
    const [link] = nodes("https://example.org");
    equal([link.rel, link.target], ["noopener noreferrer", "_blank"]);
    ok(nodes("<img src=x>").every(node => node.nodeType === Node.TEXT_NODE));
  },
};
