// What calls while nobody looks: title, icon; by choice, a notification, a sound. Some browsers throw.

import {t} from "./i18n.js";
import {attempt} from "./memory.js";
import {chosen} from "./options.js";

export class Attention {
  constructor(icon) {
    Object.assign(this, {icon, plain: icon.href});
  }

  show({count, mentions}, title) {
    const mark = mentions.size ? `(@${mentions.size}) ` : count ? `(${count}) ` : "";
    document.title = mark + title;
    this.title = title;
    this.icon.href = mark ? this.plain.replace(/\.svg$/, "-unread.svg") : this.plain;
  }

  call({from, text, mention}) {
    const wanted = ["all", mention && "on"];
    if (wanted.includes(chosen("sound"))) attempt(beep);
    if (wanted.includes(chosen("notify"))) attempt(() => this.notify(from, text.slice(0, 200)));
  }

  // Android's throws: it shows service workers' alone, and one that nobody wakes would be no help.
  notify(title, body) {
    const notification = new Notification(title, {body, tag: "mention", icon: this.plain});
    notification.onclick = () => window.focus();
    return true;
  }

  // The key of why that can't be; what can be is shown.
  async problem() {
    if (!isSecureContext) return "insecure";
    if (window.Notification && await Notification.requestPermission() !== "granted") return "blocked";
    return attempt(() => this.notify(this.title, t("notify"))) ? "" : "unable";
  }
}

let context;
function beep() {
  if (context?.state === "running") return;
  context = new AudioContext();
  const tone = new OscillatorNode(context, {frequency: 660});
  const volume = new GainNode(context, {gain: 0.1});
  const end = context.currentTime + 0.25;
  volume.gain.exponentialRampToValueAtTime(0.001, end);
  tone.connect(volume).connect(context.destination);
  tone.start();
  tone.stop(end);
  tone.onended = () => context.close();
}
