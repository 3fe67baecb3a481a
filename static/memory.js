// What is remembered: by the browser, else while the page is open. Where cookies are blocked the mere word `localStorage` throws.
// Names have the page's path in front: rooms behind one origin share nothing.

import {Place} from "./place.js";

export class Memory {
	constructor(open, failed, prefix = "") {
		this.held = new Map();  // what the storage did not take
		Object.assign(this, {storage: attempt(open), failed, prefix});
	}

	get(name) {
		return this.held.get(name) ?? attempt(() => this.storage.getItem(this.prefix + name));
	}

	set(name, text) {
		this.held.delete(name);
		try {
			this.storage.setItem(this.prefix + name, text);
		} catch {
			this.forget(name);  // or what was there before would come back
			this.held.set(name, text);
			this.failed();
		}
	}

	forget(name) {
		this.held.delete(name);
		attempt(() => this.storage.removeItem(this.prefix + name));
	}

	names() {
		const all = attempt(() => Object.keys(this.storage)) ?? [];
		return all.filter(name => name.startsWith(this.prefix)).map(name => name.slice(this.prefix.length));
	}

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

let failed;
export const forgetful = new Promise(done => { failed = done; });

const prefix = `${new URL(".", location).pathname} `;
export const browser = new Memory(() => localStorage, failed, prefix);
export const visit = new Memory(() => sessionStorage, failed, prefix);
const isReload = document.wasDiscarded || performance.getEntriesByType("navigation")[0]?.type === "reload";
export const tab = new Place(browser, visit, isReload);
