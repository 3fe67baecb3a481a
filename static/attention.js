// What calls for attention while nobody looks: the title, the icon, and, for mentions and by choice, a notification and
// a sound.

import {t} from "./i18n.js";

const memory = {
  get: what => localStorage.getItem(what) === "on",
  set: (what, isOn) => localStorage.setItem(what, isOn ? "on" : "off"),
};

export class Attention {
  constructor(icon) {
    this.icon = icon;
    this.plain = icon.href;
    this.marked = icon.dataset.unread;
  }

  // How many are not read, and how many of them speak to us.
  show({unread, mentions}) {
    document.title = unread ? `(${mentions ? `@${mentions}` : unread}) ${t("title")}` : t("title");
    this.icon.href = unread ? this.marked : this.plain;
  }

  call({from, text}) {
    if (memory.get("sound")) beep();
    if (memory.get("notify") && Notification.permission === "granted") {
      const notification = new Notification(from, {body: text.slice(0, 200), tag: "mention", icon: this.plain});
      notification.onclick = () => window.focus();
    }
  }

  // A box by which one chooses; `refused` is called if the browser does not allow it.
  bind(box, what, refused) {
    box.checked = memory.get(what);
    box.addEventListener("change", async () => {
      const isAllowed = what !== "notify" || !box.checked || await allowed();
      if (!isAllowed) {
        box.checked = false;
        refused();
      }
      memory.set(what, box.checked);
    });
  }
}

async function allowed() {
  return "Notification" in window && await Notification.requestPermission() === "granted";
}

function beep() {
  const context = new AudioContext();
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.frequency.value = 660;
  volume.gain.setValueAtTime(0.1, context.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, context.currentTime + 0.25);
  tone.connect(volume).connect(context.destination);
  tone.start();
  tone.stop(context.currentTime + 0.25);
  tone.onended = () => context.close();
}
