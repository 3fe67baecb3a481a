// What calls for attention while nobody looks: title and icon; for mentions, by choice, a notification and a sound. Not
// every browser has these, and some throw.

import {t} from "./i18n.js";
import {browser} from "./memory.js";

const isOn = what => browser.get(what) === "on";
const choose = (what, isChosen) => browser.set(what, isChosen ? "on" : "off");

export class Attention {
  constructor(icon) {
    this.icon = icon;
    this.plain = icon.href;
    this.marked = icon.dataset.unread;
  }

  show({count, mentions}) {
    const mark = mentions.size ? `(@${mentions.size}) ` : count ? `(${count}) ` : "";
    document.title = mark + t("title");
    this.icon.href = mark ? this.marked : this.plain;
  }

  call({from, text}) {
    if (isOn("sound")) beep();
    if (isOn("notify")) this.notify(from, text.slice(0, 200));
  }

  // Whether it could. Chrome on Android has the constructor, and throws.
  notify(title, body) {
    try {
      if (Notification.permission !== "granted") return false;
      const notification = new Notification(title, {body, tag: "mention", icon: this.plain});
      notification.onclick = () => window.focus();
      return true;
    } catch {
      return false;
    }
  }

  // A box by which one chooses; `refused` is called if the browser does.
  bind(box, what, refused) {
    box.checked = isOn(what);
    box.addEventListener("change", async () => {
      const isAllowed = what !== "notify" || !box.checked || (await asked() && this.notify(t("title"), t("notify")));
      if (!isAllowed) {
        box.checked = false;
        refused();
      }
      choose(what, box.checked);
    });
  }
}

async function asked() {
  try {
    return await Notification.requestPermission() === "granted";
  } catch {
    return false;
  }
}

function beep() {
  try {
    const context = new AudioContext();
    const [tone, volume] = [context.createOscillator(), context.createGain()];
    tone.frequency.value = 660;
    volume.gain.setValueAtTime(0.1, context.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, context.currentTime + 0.25);
    tone.connect(volume).connect(context.destination);
    tone.start();
    tone.stop(context.currentTime + 0.25);
    tone.onended = () => context.close();
  } catch {
    // There is none here.
  }
}
