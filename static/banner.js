// One line that says what is wrong with the connection, and what can be done. While all is well there is none.

import {format, t} from "./i18n.js";

const SHOW_AFTER = 1000;  // what mends itself at once is no news

const AWAY = new Set(["lost", "connecting"]);
const REASONS = {password: "locked", kicked: "kicked", banned: "banned"};
const ACTIONS = {connecting: "now", lost: "now", replaced: "here", refused: "now", left: "back"};

export class Banner {
  constructor({$, open}) {
    this.$ = $;
    this.awayAt = null;  // not by the clock of the wall, which may be set back meanwhile
    $("banner-act").addEventListener("click", open);
  }

  show(status) {
    this.status = status;
    this.awayAt = AWAY.has(status.phase) ? this.awayAt ?? performance.now() : null;
    this.$("who").dataset.state = status.phase;
    clearTimeout(this.timer);
    this.update();
  }

  // That it is offline is believed of a browser only without a connection: a room next door needs no internet.
  update() {
    const {phase, trouble} = this.status;
    const early = this.awayAt === null ? 0 : this.awayAt + SHOW_AFTER - performance.now();
    const isEarly = early > 0 && !trouble;
    if (isEarly) this.timer = setTimeout(() => this.update(), early);
    const {$} = this;
    $("banner").hidden = phase === "in" || isEarly;
    if ($("banner").hidden) return;
    const text = this.sentence();
    if ($("banner-text").textContent !== text) $("banner-text").textContent = text;
    $("banner-act").textContent = t(ACTIONS[phase]);
  }

  sentence() {
    const {phase, since, reason, trouble, wasIn} = this.status;
    if (phase === "refused") return REASONS[reason] ? t(REASONS[reason]) : t("refused", reason);
    if (!AWAY.has(phase)) return t(phase);
    if (trouble) return t(trouble.kind, trouble.detail);
    if (!navigator.onLine) return t("offline");
    return wasIn ? t("lost", format("time", since)) : t("unreached");
  }
}
