// A tab's own part of what the browser keeps: what it has not sent, its draft. A copy of a tab has its id (sessionStorage is copied), and
// takes another; one that is loaded anew has its own. What a tab left that is gone stays its own until somebody takes it: a frozen one
// is silent too, and one that went elsewhere may come back.

const EVERY = 10;  // looks, one a second: a call
const ANSWERED = 1;

export class Place {
	constructor(browser, visit, {isReload = false, random = () => Math.random().toString(36).slice(2)} = {}) {
		Object.assign(this, {browser, visit, random, me: random(), id: visit.get("tab"), gone: new Map()});
		this.take((!isReload && this.recall("alive")?.owner) || !this.id ? random() : this.id);
	}

	recall = name => this.browser.recall(`tab ${this.id} ${name}`);
	keep = (name, value) => this.browser.keep(`tab ${this.id} ${name}`, value);

	take(id, owner = this.me) {
		this.id = id;
		this.visit.set("tab", id);
		this.keep("alive", {owner, mark: this.random()});
	}

	// Whether it is ours still: another may have taken what was here. `isAsked`: somebody called.
	beat(isAsked) {
		const {owner} = this.recall("alive") ?? {};
		const isOurs = owner === this.me || owner === "";
		if (!isOurs || !owner || isAsked) this.take(isOurs ? this.id : this.random());
		return isOurs;
	}

	leave() {
		this.take(this.id, "");
	}

	// What tabs left that are gone, {of, pending, draft} each: those whose mark stays as it was when they were called. By clocks it is
	// not told: a machine may have slept. `look` counts from 0.
	left(look) {
		const ids = this.browser.names().map(name => /^tab (\S+) alive$/.exec(name)?.[1]).filter(id => id && id !== this.id);
		const marks = new Map(ids.map(id => [id, this.browser.get(`tab ${id} alive`)]));
		if (look % EVERY === ANSWERED) this.gone = this.called;
		if (look % EVERY === 0) {
			this.called = marks;
			this.browser.set("call", this.random());
		}
		return ids.filter(id => this.gone.get(id) === marks.get(id)).map(id => this.leftBy(id)).filter(Boolean);
	}

	leftBy(of) {
		const [pending, draft] = ["pending", "draft"].map(name => this.browser.recall(`tab ${of} ${name}`));
		if (pending?.length || draft) return {of, pending, draft};
		this.empty(of);
		return null;
	}

	empty(id) {
		for (const name of this.browser.names()) if (name.startsWith(`tab ${id} `)) this.browser.forget(name);
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
