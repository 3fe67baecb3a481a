// Who is here, and what operators do about it: to a person or a message, not to a name, which others may have.

import {$, badge, button, make, on, person, submitted} from "./elements.js";
import {format, quantity, t} from "./i18n.js";

const DEFAULTS = {mute: 600, kick: 0, ban: 0};  // seconds; 0 is for ever
const DURATIONS = {600: [10, "minute"], 3600: [1, "hour"], 86_400: [1, "day"], 604_800: [1, "week"]};

export class People {
  constructor({store, send, pick}) {
    Object.assign(this, {store, send, pick});
    on($("act"), "change", this.chose);
    submitted($("sentence"), () => this.act(this.target, $("act").value, Number($("duration").value)));
  }

  open() {
    this.isAsked = this.send({type: "who"});
  }

  show({members, names, more}) {
    if (!this.isAsked && !$("people").open) return;
    this.isAsked = false;
    $("people-title").textContent = t("members", members);
    $("names").replaceChildren(...names.map(each => this.row(each)), ...(more ? [make("li", "notice", t("more"))] : []));
    if (!$("people").open) $("people").showModal();
  }

  row(each) {
    const isMe = this.store.isMe(each);
    const pick = button("plain", "", () => {
      $("people").close();
      this.pick(each.name);
    });
    pick.append(badge(each), make("span", "", person(each), isMe ? make("span", "me", ` ${t("me")}`) : "", detailOf(each)));
    const isAsked = this.store.isOperator && !isMe;
    return make("li", "", pick, ...(isAsked ? [button("small", t("moderate"), () => this.moderate(each))] : []));
  }

  // Asks what is to be done about a person {name, by} or a message {name, by, seq}.
  moderate(target) {
    this.target = target;
    $("moderation-title").textContent = t("moderate", target.name);
    $("act").replaceChildren(...Object.keys(DEFAULTS).map(each => new Option(t(each), each)));
    const options = Object.entries(DURATIONS).map(([seconds, lasting]) => new Option(quantity(...lasting), seconds));
    $("duration").replaceChildren(...options, new Option(t("forever"), 0));
    this.tell("");
    this.chose();
    $("moderation").showModal();
  }

  chose() {
    const act = $("act").value;
    $("duration").value = DEFAULTS[act];
    $("lasting").hidden = act === "kick";
    $("do").textContent = t(act);
    $("do").hidden = false;
  }

  act({name, by, seq}, act, seconds) {
    const text = `/${act} ${name}${seconds ? ` ${seconds}s` : ""}`;
    const event = by ? {type: "moderate", act, ...(seq ? {seq} : {member: by}), seconds} : {type: "command", text};
    const isSent = this.send(event);
    $("do").hidden = isSent;
    this.tell(isSent ? "" : t("unreached"));
    if ($("people").open) this.send({type: "who"});
  }

  // What came of it; the log behind the dialog says it too.
  tell(text) {
    $("told").textContent = text;
  }
}

function detailOf({host, since}) {
  if (!host) return "";
  const time = Date.parse(since);
  return make("span", "detail", time ? `${host} · ${t("since")} ${format("short", time)}` : host);
}
