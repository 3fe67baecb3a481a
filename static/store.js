// All that the page knows: what was said, who is here. It knows no DOM.

import {mentions} from "./mentions.js";
import {remember} from "./newest.js";
import {Outbox} from "./outbox.js";
import {edgesOf, take} from "./past.js";
import {add, changeOf, isNothing, nothing} from "./presence.js";
import {Unread} from "./unread.js";

const MAX_ENTRIES = 20_000;
const MAX_CHARACTERS = 16_000_000;
const TRIM = 2_000;
const MAX_NAMES = 1_000;
const MAX_GONE = 5_000;
const SOON = 3_000;
const MAX_HERE = 500;  // as many as an answer names

export class Store {
	constructor({now = () => Date.now(), ...world}) {
		const {tab, browser, title} = world;
		Object.assign(this, {
			tab, browser, title, now, session: tab.recall("session") || "", outbox: new Outbox({now, ...world}),
			isIn: false, position: null, head: 0, name: browser.get("name") ?? "", members: 0, names: new Set(),
			here: null,  // by name, once that was asked for
			isExact: false, isDoubtful: false,  // did an answer name everybody; is it to be asked for again
			by: "", lockedBy: "",  // our public id; what was wrong with the password
			entries: [], offset: 0,  // oldest first; the place of the first, so that places stay the same
			characters: 0, notes: 0, unread: new Unread(),
			more: false,  // is something before the first
			asked: [],  // what each page is for that was asked for, in order: {kind, seq}
			quotes: new Map(),  // of what is answered, by seq: null is gone
			gone: new Set(),  // seqs of what was taken back
		});
	}

	get asking() {
		return this.asked.length > 0;
	}

	get end() {
		return this.offset + this.entries.length;
	}

	apply(event) {
		try {
			if (event.type === "name") this.name = event.name;
			const {messages} = event;
			// An answer, a search's too, may have been under way when some of it was taken back.
			if (messages) Object.assign(event, {isEmpty: !messages.length, messages: messages.filter(({seq}) => !this.gone.has(seq))});
			if (HANDLED.test(event.type)) this[event.type](event);
			// A page is what the reader asks for.
			if (event.type !== "page" && (this.entries.length > MAX_ENTRIES || this.characters > MAX_CHARACTERS)) this.dropOldest();
		} catch (error) {
			this.fault(error);
		}
		// At last: it must not pass what is not shown.
		const {type, to, seq = to} = event;
		if (seq > this.position?.seq && Number.isInteger(seq) && /^(message|deleted|gap)$/.test(type)) this.position.seq = seq;
	}

	// What was asked for on another connection gets no answer. Whether the last messages are asked for with the hello:
	// who waits for the welcome to do that waits twice.
	greet() {
		this.asked = this.position ? [] : [{}];
		return this.asked;
	}

	welcome({epoch, seq, head = seq, resumed, session, id, name, members, title}) {
		if (!resumed) {
			Object.assign(this, {offset: this.end, entries: [], characters: 0, more: seq > 0, quotes: new Map(), gone: new Set()});
			this.outbox.begin();
			if (this.position && this.position.epoch !== epoch) this.note({kind: "fresh"});
		}
		this.hold(session);
		Object.assign(this, {by: id, name, members, title, position: {epoch, seq}, head, isIn: true, lockedBy: ""});
		this.outbox.answered();
	}

	// Whether what comes was said while we were away.
	get isBehind() {
		return this.position?.seq < this.head;
	}

	// The tab's tells whose what it has not sent is.
	hold(session) {
		if (this.session && session !== this.session) this.outbox.disown();
		this.session = session;
		for (const each of [this.tab, this.browser]) each.keep("session", session);
	}

	// Whether the browser has become somebody else.
	follow() {
		const session = this.browser.recall("session");
		if (!session || session === this.session) return false;
		this.position = null;  // what is shown is marked as of another
		this.hold(session);
		return true;
	}

	// What was said before we came is a page.
	message(event) {
		if (this.gone.has(event.seq)) return;
		const entry = this.take(event);
		if (!this.isBehind) entry.heard = this.ticks();
		this.unread.come(entry);
		this.learn(event.from);
	}

	// Who spoke then comes behind who was heard of since.
	page(event) {
		const asked = this.asked.shift() ?? {};
		const then = event.messages.map(({from}) => from).filter(from => from?.trim);
		for (const name of [...then, ...this.names]) this.learn(name);
		take(this, asked, event);
		this.unread.measure(this.missing);
	}

	// Who had it on the screen sees that it was there.
	deleted({of}) {
		const gone = new Set(of);
		for (const entry of this.entries) if (gone.has(entry.seq)) this.erase(entry);
		for (const seq of of) {
			this.quotes.set(seq, null);
			remember(this.gone, seq, MAX_GONE);
		}
		for (const each of [...this.entries, ...this.outbox.all]) if (gone.has(each.re ?? each.to?.seq)) this.touch(each);
		this.outbox.drop(gone);
		this.unread.drop(of);
	}

	presence(event) {
		const change = changeOf(event, this.members, this.isMe);
		this.members = event.members;
		if (this.here) this.meet(event);
		const {came, renamed} = change;
		for (const name of [...came, ...renamed.map(({to}) => to)]) this.learn(name);
		if (isNothing(change)) return;
		// Who speaks at once is heard before it is told of.
		let place = this.entries.length;
		for (let last = place; this.ticks() - this.entries[--last]?.heard < SOON;) if (came.includes(this.entries[last].from)) place = last;
		const entry = this.continued({kind: "presence", version: 0, ...nothing()}, place);
		add(entry, change);
		entry.version++;
	}

	// Of some who came and left nothing is told; and where one is from tells operators an answer alone.
	meet({members, joined, left, more}) {
		for (const {name} of left) this.here.delete(name);
		for (const each of joined) if (this.here.size < MAX_HERE || this.here.has(each.name)) this.here.set(each.name, each);
		const isOff = this.isExact && this.here.size !== members;
		this.isDoubtful ||= more || isOff || (this.isOperator && joined.length > 0);
	}

	ack({id, seq}) {
		if (!this.outbox.acked(id, seq) || this.position.seq < seq) return;
		const entry = this.entryAt(seq);  // which came first
		if (entry && !entry.mine) this.touch(entry, {mine: true});
		this.outbox.forget(id);
	}

	error({code, message, detail, until, id}) {
		const sent = this.outbox.waiting(id);
		const refusal = {code, message, detail, until};
		if (!this.isIn && code.startsWith("password-")) this.lockedBy = refusal;
		else if (sent) this.outbox.fail(sent, refusal);
		else this.note({kind: "notice", ...refusal});
		if (code === "store-unreadable") this.asked.shift();
		this.empower(code);
		if (code === "bad-session") this.hold("");
	}

	notice({code, text, until}) {
		this.empower(code);
		this.note({kind: "notice", code, message: text, until});
	}

	gap({from, to}) {
		this.note({kind: "gap", from, to});
	}

	who({members, names, more}) {
		this.here = new Map(names.slice(0, MAX_HERE).map(each => [each.name, each]));
		Object.assign(this, {members, areMoreHere: more, isExact: this.here.size === members, isDoubtful: false});
	}

	fault(error, seq) {
		console.error(error);
		this.continued({kind: "fault", seq});
	}

	lost() {
		this.isIn = false;
		this.outbox.lost();
	}

	// Who came and left said nothing.
	get isSaid() {
		return this.more || this.outbox.all.length || this.entries.some(({kind}) => kind !== "presence");
	}

	get firstSeq() {
		return this.entries.find(entry => entry.seq)?.seq ?? (this.position?.seq ?? Infinity) + 1;
	}

	// How many behind that seq are not loaded.
	missing = seq => {
		const [last = Infinity, next = 0] = edgesOf(this);
		const between = (from, to) => Math.max(0, to - Math.max(from, seq) - 1);
		return (this.more && between(0, this.firstSeq)) + between(last, next);
	};

	// Old messages and servers tell names alone.
	isMe = ({by, name}) => (by ? by === this.by : name === this.name);

	// Those first who were heard of last.
	get company() {
		const known = new Set([...[...this.names].reverse(), ...this.here?.keys() ?? []]);
		const isHere = name => !this.here || this.areMoreHere || this.here.has(name);
		return [...known].filter(name => name !== this.name && isHere(name));
	}

	empower(code) {
		if (/^op\b/.test(code)) this.browser.keep("operator", code === "op" ? this.by : "");
	}

	get isOperator() {
		return Boolean(this.by) && this.browser.recall("operator") === this.by;
	}

	entryAt = seq => this.entries.find(each => each.seq === seq);

	// Undefined is not known yet.
	quoteOf = seq => {
		const entry = this.quotes.has(seq) ? this.quotes.get(seq) : this.entryAt(seq);
		return entry?.isDeleted ? null : entry;
	};

	entryOf({seq, at, from, by, via, text, kind, re}) {
		const time = Date.parse(at);
		if (!Number.isInteger(seq) || !time || !from.trim || !text.trim) throw new TypeError("no message");
		const mine = this.isMe({by, name: from});
		const mention = !mine && mentions(text, this.name, this.names);
		const last = this.entries.at(-1);
		if (last?.from === from && last.by === by) ({from, by} = last);  // not a copy: who speaks mostly goes on
		return {kind: "message", seq, time, from, by, via, text, mine, mention, re, isAction: kind === "action", heard: undefined};
	}

	// As a small number, which takes an entry less.
	ticks = () => Math.round(this.outbox.ticks());

	take(event) {
		const entry = this.put(this.entryOf(event));
		const key = this.outbox.come(entry);
		return key ? Object.assign(entry, {key, mine: true}) : entry;
	}

	note = (entry, place) => this.put({key: `n${this.notes++}`, time: this.entries[place]?.time ?? this.now(), ...entry}, place);

	continued(entry, place = this.entries.length) {
		const last = this.entries[place - 1];
		return last?.kind === entry.kind ? last : this.note(entry, place);
	}

	put(entry, place = this.entries.length) {
		this.entries.splice(place, 0, entry);
		this.characters += entry.text?.length ?? 0;
		return entry;
	}

	// Its row is made anew.
	touch = (entry, more) => Object.assign(entry, more, {version: (entry.version ?? 0) + 1});

	lighten(entries) {
		for (const {text} of entries) this.characters -= text?.length ?? 0;
	}

	// It is not known any more, and counted as what never was loaded.
	unload(entries) {
		this.lighten(entries);
		for (const {seq} of entries) this.unread.news.delete(seq);
	}

	erase(entry) {
		this.lighten([entry]);
		this.touch(entry, {text: "", isDeleted: true, mention: false});
	}

	learn = name => remember(this.names, name, MAX_NAMES);

	dropOldest() {
		const dropped = this.entries.splice(0, Math.min(TRIM, this.entries.length >> 1));
		this.unload(dropped);
		this.offset += dropped.length;
		this.more = true;
		this.unread.measure(this.missing);
	}
}

const HANDLED = /^(welcome|message|deleted|page|presence|ack|error|notice|gap|who)$/;
