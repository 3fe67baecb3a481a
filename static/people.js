// Who is here, and what operators do about it: to a person or a message, not to a name, which others may have.

import {badge, button, make, person} from "./elements.js";
import {format, quantity, t} from "./i18n.js";

const DEFAULTS = {mute: 600, kick: 0, ban: 0};  // seconds; 0 is for ever
const DURATIONS = {600: [10, "minute"], 3600: [1, "hour"], 86_400: [1, "day"], 604_800: [1, "week"]};
const ACTS = Object.keys(DEFAULTS);

export class People {
  // `send(event)` goes to the server, `pick(name)` is called with who was chosen.
  constructor({$, store, send, pick}) {
    Object.assign(this, {$, store, send, pick});
    $("act").addEventListener("change", () => this.chose());
    $("cancel").addEventListener("click", () => $("moderation").close());
    $("sentence").addEventListener("submit", event => {
      event.preventDefault();
      this.act(this.target, $("act").value, Number($("duration").value));
      if ($("people").open) $("moderation").close();
      else $("do").hidden = true;
    });
  }

  open() {
    this.isAsked = this.send({type: "who"});
  }

  show({members, names, more}) {
    const {$} = this;
    if (!this.isAsked && !$("people").open) return;
    this.isAsked = false;
    $("people-title").textContent = t("members", members);
    $("names").replaceChildren(...names.map(each => this.row(each)), ...(more ? [make("li", "notice", t("more"))] : []));
    if ($("people").open) return;
    this.tell("");
    $("people").showModal();
  }

  row(each) {
    const isMe = this.store.isMe(each);
    const pick = button("plain", "", () => {
      this.$("people").close();
      this.pick(each.name);
    });
    pick.append(badge(each), make("span", "", person(each), isMe ? make("span", "me", ` ${t("me")}`) : "", detailOf(each)));
    const acts = this.store.isOperator && !isMe ? ACTS : [];
    return make("li", "", pick, ...acts.map(act => button("small", t(act), () => {
      if (act === "ban") this.moderate(each, act);
      else this.act(each, act, DEFAULTS[act]);
    })));
  }

  // Asks what is to be done about a person {name, by} or a message {name, by, seq}.
  moderate(target, act = "mute") {
    const {$} = this;
    this.target = target;
    $("moderation-title").textContent = t("moderate", target.name);
    $("act").replaceChildren(...ACTS.map(each => new Option(t(each), each)));
    const options = Object.entries(DURATIONS).map(([seconds, lasting]) => new Option(quantity(...lasting), seconds));
    $("duration").replaceChildren(...options, new Option(t("forever"), 0));
    $("act").value = act;
    $("do").hidden = false;
    this.tell("");
    this.chose();
    $("moderation").showModal();
  }

  chose() {
    const {$} = this;
    const act = $("act").value;
    $("duration").value = DEFAULTS[act];
    $("lasting").hidden = act === "kick";
    $("do").textContent = t(act);
  }

  act({name, by, seq}, act, seconds) {
    const text = `/${act} ${name}${seconds ? ` ${seconds}s` : ""}`;
    const event = by ? {type: "moderate", act, ...(seq ? {seq} : {member: by}), seconds} : {type: "command", text};
    this.tell(this.send(event) ? "" : t("unreached"));
    if (this.$("people").open) this.send({type: "who"});
  }

  // What came of it; the log behind the dialog says it too.
  tell(text) {
    for (const each of document.querySelectorAll(".told")) each.textContent = text;
  }
}

function detailOf({host, since}) {
  if (!host) return "";
  const time = Date.parse(since);
  return make("span", "detail", time ? `${host} · ${t("since")} ${format("short", time)}` : host);
}
