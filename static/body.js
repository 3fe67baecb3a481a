// A text on the screen: its links, its code; where it is long its beginning, and a button for all of it.

import {codeOf} from "./code.js";
import {copy} from "./copying.js";
import {button, make} from "./elements.js";
import {beginning, pieces} from "./fold.js";
import {t} from "./i18n.js";
import {MOST, nodes, parts} from "./links.js";

export function body(text, log, most = MOST) {
  const {text: start, isWhole, isTorn} = beginning(text);
  const ends = {text, most, isCut: !isWhole, isTorn};
  const said = make("div", "text", ...shown(start, ends));
  said.dir = "auto";
  if (isWhole) return [said];
  let isFolded = true;
  const toggle = button("small more", t("whole"), () => {
    isFolded = !isFolded;
    log.stayAt(said.parentElement);
    toggle.textContent = t(isFolded ? "whole" : "part");
    said.replaceChildren(...(isFolded ? shown(start, ends) : shown(text, {text, most, isOpen: true})));
    if (isFolded) said.parentElement.scrollIntoView({block: "nearest"});
  });
  return [said, toggle];
}

// Of an open text the browser lays out the pieces in sight.
function shown(start, {text, most, isCut, isTorn, isOpen}) {
  const cut = isOpen ? pieces : whole => [whole];
  const groups = [[]];
  const last = () => groups[groups.length - 1];
  let links = most;
  codeOf(start, isCut).forEach(({text: plain = "", code, block}, index, all) => {
    if (block) groups.push(blockOf(cut(block), () => codeOf(text)[index]?.block ?? block), []);
    else if (code) last().push(make("code", "", code));
    else for (const [number, piece] of cut(plain).entries()) {
      const found = parts(piece, links);
      links -= found.filter(({href}) => href).length;
      if (isTorn && index === all.length - 1) delete found[found.length - 1].href;  // half a link leads elsewhere
      if (number) groups.push([]);
      last().push(...nodes(found));
    }
  });
  return groups.flatMap(group => (isOpen && group.length ? make("span", "piece", ...group) : group));
}

function blockOf(chunks, whole) {
  const pre = make("pre", "", ...(chunks.length > 1 ? chunks.map(piece => make("span", "piece", piece)) : chunks));
  Object.assign(pre, {tabIndex: 0, dir: "ltr"});
  const act = button("small copy", "", () => { if (copy(pre, whole())) act.setAttribute("aria-label", t("copied")); });
  act.setAttribute("aria-label", t("copy"));
  return make("div", "block", pre, act);
}
