// Text with its links made clickable, as nodes: nothing of it is ever read as HTML.

// Chinese punctuation ends a link, as a space does.
const LINK = /\bhttps?:\/\/[^\s<>"'`\u3001\u3002\u3008-\u3011\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f]+/giu;
const TRAILING = /[.,;:!?)\]}'"*_~]+$/u;

// The parts of a text: {text}, or {text, href} where it is a link to http or https.
export function parts(text) {
  const found = [];
  let at = 0;
  for (const {0: match, index} of text.matchAll(LINK)) {
    const link = trimmed(match);
    if (!URL.canParse(link)) continue;
    if (index > at) found.push({text: text.slice(at, index)});
    found.push({text: link, href: link});
    at = index + link.length;
  }
  if (at < text.length) found.push({text: text.slice(at)});
  return found;
}

// A link does not end in the sentence's punctuation; but in a bracket that it opens.
function trimmed(match) {
  let link = match.replace(TRAILING, "");
  const rest = match.slice(link.length);
  if (rest.startsWith(")") && count(link, "(") > count(link, ")")) link += ")";
  return link;
}

function count(text, character) {
  return text.split(character).length - 1;
}

export function nodes(text) {
  return parts(text).map(({text: shown, href}) => {
    if (!href) return document.createTextNode(shown);
    const link = document.createElement("a");
    Object.assign(link, {href, textContent: shown, target: "_blank", rel: "noopener noreferrer"});
    return link;
  });
}
