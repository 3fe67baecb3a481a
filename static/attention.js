// What calls while nobody looks: title, icon; for mentions, by choice, a notification, a sound. Some browsers throw.

import {t} from "./i18n.js";
import {attempt, browser} from "./memory.js";

const isOn = what => browser.get(what) === "on";

export class Attention {
  constructor(icon) {
    Object.assign(this, {icon, plain: icon.href});
  }

  show({count, mentions}) {
    const mark = mentions.size ? `(@${mentions.size}) ` : count ? `(${count}) ` : "";
    document.title = mark + t("title");
    this.icon.href = mark ? this.plain.replace(/\.svg$/, "-unread.svg") : this.plain;
  }

  call({from, text}) {
    if (isOn("sound")) attempt(beep);
    if (isOn("notify")) attempt(() => this.notify(from, text.slice(0, 200)));
  }

  // Chrome on Android has the constructor, and throws.
  notify(title, body) {
    const notification = new Notification(title, {body, tag: "mention", icon: this.plain});
    notification.onclick = () => window.focus();
    return true;
  }

  // Whether it may be done, and can.
  async isAllowed() {
    const isGranted = await attempt(() => Notification.requestPermission()) === "granted";
    return isGranted && attempt(() => this.notify(t("title"), t("notify"))) === true;
  }
}

function beep() {
  const context = new AudioContext();
  const tone = new OscillatorNode(context, {frequency: 660});
  const volume = new GainNode(context, {gain: 0.1});
  const end = context.currentTime + 0.25;
  volume.gain.exponentialRampToValueAtTime(0.001, end);
  tone.connect(volume).connect(context.destination);
  tone.start();
  tone.stop(end);
  tone.onended = () => context.close();
}
