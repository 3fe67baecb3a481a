// A tab's own part of what the browser keeps: what it has not sent, its draft. It is the tab's while its heart beats; what a tab that
// is gone left there falls to one that is looked at. A copy of a tab has its id (sessionStorage is copied), and takes another.

const BEAT = 20_000;
const LEFT = 3;  // looks, one a second: it may be loading anew
const SILENT = 150;  // in the background it is woken once a minute

export class Place {
	constructor(browser, visit, {now = () => Date.now(), random = () => Math.random().toString(36).slice(2)} = {}) {
		Object.assign(this, {browser, visit, now, random, me: random(), id: visit.get("tab"), looks: new Map()});
		this.take(this.recall("alive")?.owner || !this.id ? random() : this.id);
	}

	recall = name => this.browser.recall(`tab ${this.id} ${name}`);
	keep = (name, value) => this.browser.keep(`tab ${this.id} ${name}`, value);

	take(id, owner = this.me) {
		this.id = id;
		this.visit.set("tab", id);
		this.keep("alive", {owner, at: this.now()});
	}

	// Whether it is ours still: who was frozen may have been taken for gone, and has a new one then.
	beat() {
		const {owner, at} = this.recall("alive") ?? {};
		const isOurs = owner === this.me || owner === "";
		if (!isOurs) this.take(this.random());
		else if (!owner || Math.abs(this.now() - at) >= BEAT) this.take(this.id);
		return isOurs;
	}

	leave() {
		this.take(this.id, "");
	}

	// One that is gone, by what it has left: {pending, draft}. By clocks it is not told: a machine may have slept.
	inherit() {
		for (const name of this.browser.names()) {
			const id = /^tab (\S+) alive$/.exec(name)?.[1];
			if (!id || id === this.id) continue;
			const {owner, at} = this.browser.recall(name) ?? {};
			const [before, count] = this.looks.get(id) ?? [];
			this.looks.set(id, [at, before === at ? count + 1 : 1]);
			if (before !== at || count < (owner ? SILENT : LEFT)) continue;
			const start = name.slice(0, -"alive".length);
			const [pending, draft] = ["pending", "draft"].map(each => this.browser.recall(start + each));
			for (const each of this.browser.names()) if (each.startsWith(start)) this.browser.forget(each);
			return {pending, draft};
		}
		return {};
	}
	// What was kept before the path stood in front of it; what is the browser's is left to other rooms of its origin.
	takeOver(local, session, path) {
		const take = (storage, name, memory, as = name) => {
			const text = storage.getItem(name);
			if (text !== null && memory.get(as) === null) memory.set(as, text);
		};
		for (const name of ["name", "asked", "language", "notify", "sound", "joins"]) take(local, name, this.browser);
		take(local, `read ${path}`, this.browser, "read");
		for (const name of ["password", "said"]) take(session, name, this.visit);
		take(session, "session", this.browser);
		for (const name of ["session", "pending", "draft"]) {
			take(session, name, this.browser, `tab ${this.id} ${name}`);
			session.removeItem(name);
		}
	}
}
