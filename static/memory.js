// What the page remembers: in the browser's storage where it may, else as long as it is open. Where cookies are blocked
// the mere word `localStorage` throws.

export class Memory {
  // `open()` gives a Storage, or throws; `told()` is called when something can't be kept.
  constructor(open, told) {
    this.failed = told;
    this.held = new Map();  // what the storage did not take
    this.storage = attempt(open);
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

function attempt(act) {
  try {
    return act();
  } catch {
    return null;
  }
}

let isForgetful = false;
let tell = null;

function failed() {
  isForgetful = true;
  tell?.();
  if (tell) tell = () => {};
}

// The session, the draft and what waits are the tab's own; the name and what was chosen are the whole browser's.
export const tab = new Memory(() => sessionStorage, failed);
export const browser = new Memory(() => localStorage, failed);

// `act` is called once, as soon as something could not be kept.
export function whenForgetful(act) {
  tell ??= act;
  if (isForgetful) failed();
}
