// What one can do with a message, in the row that is pointed at, has the focus or was pressed for long.

import {button, make} from "./elements.js";
import {t} from "./i18n.js";

const LONG_PRESS = 500;

// `actsOn(row)` gives [the text's key, what it does] for each.
export function menuOf(list, actsOn) {
  const bar = make("div", "acts");
  let timer;
  const show = target => {
    const row = target?.closest(".message:not(.pending)");
    if (row === bar.parentElement) return;
    bar.remove();
    if (!row) return;
    bar.replaceChildren(...actsOn(row).map(([key, act]) => {
      const press = button("small", t(key), () => { if (act()) press.textContent = t("copied"); });
      return press;
    }));
    row.append(bar);
  };
  const reactions = {
    pointerover: ({target, pointerType}) => pointerType === "mouse" && show(target),
    pointerleave: () => bar.parentElement?.contains(document.activeElement) || show(null),
    focusin: ({target}) => show(target),
    pointerdown({target, pointerType}) {
      if (pointerType !== "mouse") timer = setTimeout(() => show(target), LONG_PRESS);
    },
    pointerup: () => clearTimeout(timer),
    pointercancel: () => clearTimeout(timer),
    keydown({key, target}) {
      const next = {ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling"}[key];
      let row = next && target.matches(".message") && target[next];
      while (row && !row.matches(".message")) row = row[next];
      if (row) row.focus();
    },
  };
  for (const [name, react] of Object.entries(reactions)) list.addEventListener(name, react);
}
