// A tab's own part of what the browser keeps: what it has not sent, its draft. It is the tab's while its heart beats; what a tab that
// is gone left there falls to one that is looked at. A copy of a tab has its id (sessionStorage is copied): who finds an id in use
// takes another.

const BEAT = 20_000;
const GONE = 150_000;  // without a beat; in the background a browser wakes a tab once a minute
const RELOAD = 3_000;  // in which a tab that was left may be there again
const PAUSE = 5_000;  // between two looks: the machine slept, and its other tabs are only waking up, too

export class Place {
  constructor(browser, visit, {now = () => Date.now(), random = () => Math.random().toString(36).slice(2)} = {}) {
    Object.assign(this, {browser, visit, now, random, me: random(), wokeAt: 0, lookedAt: now()});
    const id = visit.get("tab");
    this.take(id && this.isGone(id, -1) ? id : random());
  }

  recall = name => this.browser.recall(`tab ${this.id} ${name}`);
  keep = (name, value) => this.browser.keep(`tab ${this.id} ${name}`, value);

  take(id, owner = this.me) {
    this.id = id;
    this.visit.set("tab", id);
    this.keep("alive", {owner, at: this.now()});
  }

  // Whether it is still ours: who was frozen may have been taken for gone, and has a new one then.
  beat() {
    const {owner, at} = this.recall("alive") ?? {};
    const isOurs = owner === this.me || owner === "";
    if (!isOurs) this.take(this.random());
    else if (!owner || Math.abs(this.now() - at) >= BEAT) this.take(this.id);
    return isOurs;
  }

  leave() {
    if (this.beat()) this.take(this.id, "");
  }

  isGone(id, patience = RELOAD) {
    const {owner, at} = this.browser.recall(`tab ${id} alive`) ?? {at: 0};
    return this.now() - Math.max(at, this.wokeAt) > (owner ? GONE : patience);
  }

  // What those who are gone have left: [{pending, draft}]. It is nowhere else then.
  inherit() {
    const now = this.now();
    if (now - this.lookedAt > PAUSE) this.wokeAt = now;
    this.lookedAt = now;
    const ids = this.browser.names().map(name => /^tab (\S+) alive$/.exec(name)?.[1]);
    return ids.filter(id => id && id !== this.id && this.isGone(id)).map(id => this.clear(`tab ${id} `));
  }

  clear(start) {
    const [pending, draft] = ["pending", "draft"].map(name => this.browser.recall(start + name));
    for (const name of this.browser.names()) if (name.startsWith(start)) this.browser.forget(name);
    return {pending, draft};
  }
}
