// One's name: asked for once on entering, then in the menu. What was refused is told at the field.

import {browser} from "./memory.js";
import {wellFormed} from "./store.js";

export class Naming {
  constructor({$, store, send}) {
    Object.assign(this, {$, store, send, field: $("name"), wanted: ""});
    $("naming").addEventListener("submit", event => {
      event.preventDefault();
      this.rename();
      if (!$("options").open) $("text").focus();
    });
    $("skip").addEventListener("click", () => {
      browser.set("asked", "yes");
      this.show();
    });
    this.field.addEventListener("change", () => this.rename());
    this.field.addEventListener("keydown", event => {
      if (event.key !== "Escape" || this.field.value === this.own) return;
      event.preventDefault();
      this.show("", this.own);
    });
  }

  get own() {
    return this.store.name.startsWith("guest-") ? "" : this.store.name;
  }

  show(told = "", value = this.field.value) {
    const {$, own} = this;
    const isAsked = own || browser.get("name") || browser.get("asked");
    const place = $(isAsked ? "name-place" : "above");
    if ($("naming").parentElement !== place) place.prepend($("naming"));
    $("skip").hidden = isAsked;
    $("misnamed").textContent = told;
    this.field.value = value;
  }

  rename() {
    const name = wellFormed(this.field.value.trim());
    if (!name || name === this.store.name || name === this.wanted) return;
    if (this.send({type: "name", name})) this.wanted = name;
    else browser.set("name", name);
  }

  granted(name) {
    this.wanted = "";
    browser.set("name", name);
    this.show("", this.own);
  }

  // Whether that refused what was written here.
  refused({type, code, message}) {
    if (type !== "error" || !this.wanted || !code.startsWith("name-")) return false;
    this.wanted = "";
    this.show(message);
    return true;
  }
}
