// One's name: asked for once on entering, then in the menu. What was refused is told at the field.

import {wellFormed} from "./commands.js";
import {$, on, submitted} from "./elements.js";
import {worded} from "./i18n.js";
import {browser} from "./memory.js";

export class Naming {
  constructor({store, send}) {
    Object.assign(this, {store, send, field: $("name"), wanted: ""});
    submitted($("naming"), () => this.rename());
    on($("skip"), "click", () => {
      browser.set("asked", "yes");
      this.show();
    });
    on(this.field, "change", () => this.rename());
    on(this.field, "keydown", event => {
      if (event.key !== "Escape" || this.field.value === this.own) return;
      event.preventDefault();
      this.show("", this.own);
    });
  }

  get own() {
    return this.store.name.startsWith("guest-") ? "" : this.store.name;
  }

  show(told = "", value = this.field.value) {
    const isAsked = this.own || browser.get("name") || browser.get("asked");
    const place = $(isAsked ? "options" : "above");
    if (!place.contains($("naming"))) place.firstElementChild.after($("naming"));
    $("skip").hidden = isAsked;
    $("misnamed").textContent = told;
    this.field.value = value;
  }

  rename() {
    const name = wellFormed(this.field.value.trim());
    if (!name || name === this.store.name || name === this.wanted) return;
    this.wanted = name;
    this.send({type: "name", name});
  }

  // With a session only a name goes that was just chosen here: the server knows what the session is called.
  get chosen() {
    return this.wanted || (this.store.session ? "" : browser.get("name"));
  }

  // Only now: what is typed after a refusal is another name, and nothing to say.
  granted() {
    if (this.wanted && document.activeElement === this.field && !$("options").open) $("text").focus();
    this.wanted = "";
    browser.set("name", this.own);
    this.show("", this.own);
  }

  // Whether that refused what was written here: a message that was refused has an id.
  refused(event) {
    const {type, code, id} = event;
    if (type !== "error" || !this.wanted || id || !/^(name-|rename-wait$|you-are-muted$)/.test(code)) return false;
    this.wanted = "";
    this.show(worded(event));
    return true;
  }
}
