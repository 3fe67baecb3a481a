// Long texts are shown in part until more is asked for: what is built is the reader's cost.

const LINES = 20;
const CHARACTERS = 2_000;
const SLACK = 1.25;  // so much more is not worth a button
const PIECE_LINES = 200;
const PIECE_CHARACTERS = 4_000;
const SEEK = 200;

// {text, isWhole, isTorn}: all of it, or its beginning; torn if that ends within a word.
export function beginning(text) {
  if (!isLong(text)) return {text, isWhole: true, isTorn: false};
  let end = Math.min(CHARACTERS, afterLines(text, 0, LINES) - 1);
  const isTorn = /\S\S/u.test(text.slice(end - 1, end + 1));
  const blank = isTorn ? text.slice(end - SEEK, end).search(/\s\S*$/u) : -1;
  if (blank > 0) end += blank - SEEK;
  else if (/[\ud800-\udbff]$/.test(text.slice(0, end))) end--;
  return {text: text.slice(0, end), isWhole: false, isTorn: isTorn && blank <= 0};
}

// All of a text, in pieces that can be blocks: each ends with a line.
export function pieces(text) {
  const found = [];
  for (let at = 0; at < text.length;) {
    let end = afterLines(text, at, PIECE_LINES);
    if (end - at > PIECE_CHARACTERS) end = text.lastIndexOf("\n", at + PIECE_CHARACTERS) + 1;
    if (end <= at) end = afterLines(text, at, 1);
    found.push(text.slice(at, end));
    at = end;
  }
  return found;
}

function isLong(text) {
  return text.length > CHARACTERS * SLACK || afterLines(text, 0, LINES * SLACK) < text.length;
}

// Where the text goes on after so many lines; past its end if it has no more.
function afterLines(text, from, lines) {
  let at = from;
  for (let line = 0; line < lines; line++) {
    at = text.indexOf("\n", at) + 1;
    if (!at) return text.length + 1;
  }
  return at;
}
