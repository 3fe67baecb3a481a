// A tab's own part of what the browser keeps: what it has not sent, its draft. A copy of a tab takes another id.
// What one left that is gone is its own until it is taken: it may be frozen, or come back.

const random = () => Math.random().toString(36).slice(2);

export class Place {
	constructor(browser, visit, isReload) {
		Object.assign(this, {browser, visit, called: new Map()});
		const id = visit.get("tab");
		this.take(id && (isReload || !this.markOf(id)) ? id : random());
	}

	recall = (name, id = this.id) => this.browser.recall(`tab ${id} ${name}`);
	keep = (name, value) => this.browser.keep(`tab ${this.id} ${name}`, value);
	markOf = id => this.browser.get(`tab ${id} alive`);  // empty: it said that it goes

	take(id) {
		Object.assign(this, {id, mark: random()});
		this.visit.set("tab", id);
		this.browser.set(`tab ${id} alive`, this.mark);
	}

	leave() {
		this.browser.set(`tab ${this.id} alive`, "");
	}

	// Whether it is ours still: another may have taken what was here. Who is called answers by another mark.
	beat(isCalled) {
		const mark = this.markOf(this.id);
		const isOurs = [this.mark, ""].includes(mark);
		if (isCalled || mark !== this.mark) this.take(isOurs ? this.id : random());
		return isOurs;
	}

	// What tabs left that did not answer the last call; not by clocks: a machine may have slept.
	left() {
		const ids = this.browser.names().map(name => /^tab (\S+) alive$/.exec(name)?.[1]).filter(id => id && id !== this.id);
		const before = this.called;
		this.called = new Map(ids.map(id => [id, this.markOf(id)]));
		this.browser.set("call", random());
		return ids.filter(id => this.called.get(id) === before.get(id)).flatMap(id => this.leftBy(id));
	}

	leftBy(of) {
		const draft = {id: of, text: this.recall("draft", of), kind: "draft"};
		const left = [this.recall("pending", of), draft].flat().filter(each => each?.text?.trim?.());
		if (!left.length) this.empty(of);
		return left.map(each => ({...each, of}));
	}

	empty(id) {
		for (const name of this.browser.names()) if (name.startsWith(`tab ${id} `)) this.browser.forget(name);
	}
}
