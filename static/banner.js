// One line that says what is wrong with the connection, since when, and what can be done. While all is well there is none.

import {format, t} from "./i18n.js";

const SHOW_AFTER = 1000;  // what mends itself at once is no news

const REASONS = {password: "locked", kicked: "kicked", banned: "banned"};
const ACTIONS = {lost: "now", replaced: "here", refused: "now", left: "back"};

export class Banner {
  constructor({line, text, button, dot, open}) {
    Object.assign(this, {line, text, button, dot});
    button.addEventListener("click", open);
  }

  show(status) {
    this.status = status;
    this.dot.dataset.state = status.phase;
    clearTimeout(this.timer);
    this.update();
  }

  update() {
    const {phase, since} = this.status;
    const early = since + SHOW_AFTER - Date.now();
    const isCalm = phase === "in" && navigator.onLine;
    const isAway = phase === "lost" || phase === "connecting";
    if (isAway && early > 0) this.timer = setTimeout(() => this.update(), early);
    this.line.hidden = isCalm || (isAway && early > 0 && navigator.onLine);
    if (this.line.hidden) return;
    const text = this.sentence();
    if (this.text.textContent !== text) this.text.textContent = text;
    const action = navigator.onLine ? ACTIONS[phase] : "";
    this.button.hidden = !action;
    if (action) this.button.textContent = t(action);
  }

  sentence() {
    const {phase, since, reason} = this.status;
    if (!navigator.onLine) return t("offline");
    if (phase === "refused") return REASONS[reason] ? t(REASONS[reason]) : t("refused", reason);
    if (phase !== "lost" && phase !== "connecting") return t(phase);
    return t("lost", format("time", since));
  }
}
