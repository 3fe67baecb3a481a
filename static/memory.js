// What is remembered: by the browser, else as long as the page is open. Where cookies are blocked the mere word `localStorage` throws.

export class Memory {
  // `open()` gives a Storage, or throws; `failed()` is called when something can't be kept.
  constructor(open, failed) {
    this.held = new Map();  // what the storage did not take
    Object.assign(this, {storage: attempt(open), failed});
  }

  get(name) {
    return this.held.get(name) ?? attempt(() => this.storage.getItem(name));
  }

  set(name, text) {
    this.held.set(name, text);
    const isKept = attempt(() => {
      this.storage.setItem(name, text);
      return this.held.delete(name);
    });
    if (isKept) return;
    attempt(() => this.storage.removeItem(name));  // or what was there before would come back
    this.failed();
  }

  // Values; what can't be read is none.
  recall = name => attempt(() => JSON.parse(this.get(name)));
  keep = (name, value) => this.set(name, JSON.stringify(value));
}

export function attempt(act) {
  try {
    return act();
  } catch {
    return null;
  }
}

// Resolves as soon as something could not be kept.
let failed;
export const forgetful = new Promise(done => { failed = done; });

// Session, draft and what waits are the tab's own; the name and what was chosen are the browser's.
export const tab = new Memory(() => sessionStorage, failed);
export const browser = new Memory(() => localStorage, failed);
