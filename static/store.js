// All that the page knows: what was said, what waits to be sent, who is here. It knows no DOM.

import {wellFormed} from "./commands.js";
import {mentions} from "./mentions.js";
import {take} from "./past.js";
import {add, changeOf, nothing} from "./presence.js";
import {Unread} from "./unread.js";

const MAX_ENTRIES = 20_000;
const MAX_CHARACTERS = 16_000_000;
const TRIM = 2_000;
const RESEND_FOR = 9 * 60_000;  // the server remembers for 10 minutes
const MAX_NAMES = 1_000;
const MAX_HERE = 500;  // as many as an answer names
export const ANSWER_WITHIN = 30_000;

export class Store {
	constructor({tab, browser, title, now = () => Date.now(), ticks = () => performance.now(), random = randomId}) {
		Object.assign(this, {
			tab, browser, title, now, ticks, random, session: tab.recall("session") || "", pending: listOf(tab.recall("pending")),
			isIn: false, position: null, head: 0, name: browser.get("name") ?? "", members: 0, names: new Set(), answeredAt: 0,
			here: null,  // by name, once that was asked for
			isExact: false, isDoubtful: false,  // did an answer name everybody; is it to be asked for again
			by: "", lockedBy: "",  // our public id; what was wrong with the password
			entries: [], offset: 0,  // oldest first; the place of the first, so that places stay the same
			characters: 0, notes: 0, unread: new Unread(),
			more: false,  // is something before the first
			asked: [],  // what each page is for that was asked for, in order: {kind, seq}
			quotes: new Map(),  // of what is answered, by seq: null is gone
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
			if (HANDLED.test(event.type)) this[event.type](event);
			// A page is what the reader asks for.
			if (event.type !== "page" && (this.entries.length > MAX_ENTRIES || this.characters > MAX_CHARACTERS)) this.dropOldest();
		} catch (error) {
			this.fault(error);
		}
		// At last: it must not pass what is not shown.
		if (/^(message|deleted)$/.test(event.type) && Number.isInteger(event.seq) && event.seq > this.position?.seq) this.position.seq = event.seq;
	}

	welcome({epoch, seq, head = seq, resumed, session, id, name, members, title}) {
		if (!resumed) {
			Object.assign(this, {offset: this.end, entries: [], characters: 0, more: seq > 0, quotes: new Map()});
			this.pending = this.pending.filter(sent => !sent.seq);  // which is in the log
			if (this.position && this.position.epoch !== epoch) this.note({kind: "fresh"});
		}
		this.hold(session);
		Object.assign(this, {by: id, name, members, title, position: {epoch, seq}, head, isIn: true, asked: [], lockedBy: "", answeredAt: this.ticks()});
	}

	// Whether what comes was said while we were away.
	get isBehind() {
		return this.position?.seq < this.head;
	}

	// The tab's tells whose what it has not sent is.
	hold(session) {
		if (this.session && session !== this.session) this.disown();
		this.session = session;
		for (const each of [this.tab, this.browser]) each.keep("session", session);
	}

	// Whether the browser has become somebody else.
	follow() {
		const session = this.browser.recall("session");
		if (!session || session === this.session) return false;
		this.position = null;  // what is shown is marked as another's
		this.hold(session);
		return true;
	}

	// What was said before we came is a page.
	message(event) {
		this.unread.come(this.take(event));
	}

	page(event) {
		take(this, this.asked.shift() ?? {}, event);
	}

	found() {
		this.asked.shift();
	}

	// Who had it on the screen sees that it was there.
	deleted({of}) {
		const gone = new Set(of);
		for (const entry of this.entries) if (gone.has(entry.seq)) this.erase(entry);
		for (const seq of gone) this.learnQuote(seq, null);
		for (const {id} of this.pending.filter(sent => gone.has(sent.seq) || gone.has(sent.heard))) this.forget(id);
		this.unread.drop(of);
	}

	presence(event) {
		const change = changeOf(event, this.members, this.isMe);
		this.members = event.members;
		if (this.here) this.meet(event);
		const {came, left, renamed} = change;
		for (const name of [...came, ...renamed.map(({to}) => to)]) this.learn(name);
		if (!came.length && !left.length && !renamed.length) return;
		const entry = this.continued({kind: "presence", version: 0, ...nothing()});
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
		this.answeredAt = this.ticks();
		const sent = this.waiting(id);
		if (!sent) return;
		Object.assign(sent, {seq, failed: ""});
		if (this.position.seq < seq) this.save();
		else {  // the message itself came first
			const entry = this.entries.find(each => each.seq === seq);
			if (entry && !entry.mine) this.touch(entry, {mine: true});
			this.forget(id);
		}
	}

	error({code, message, detail, until, id}) {
		const sent = this.waiting(id);
		const refusal = {code, message, detail, until};
		if (!this.isIn && code.startsWith("password-")) this.lockedBy = refusal;
		else if (sent) this.fail(sent, refusal);
		else this.note({kind: "notice", ...refusal});
		if (code === "store-unreadable") this.asked.shift();
		if (code === "op-needed") this.browser.keep("operator", "");
		if (code === "bad-session") this.hold("");
	}

	notice({code, text, until}) {
		if (code === "op") this.browser.keep("operator", this.by);
		this.note({kind: "notice", code, message: text, until});
	}

	gap({from, to}) {
		this.note({kind: "gap", from, to});
		if (to > this.position?.seq) this.position.seq = to;
	}

	who({members, names, more}) {
		this.here = new Map(names.slice(0, MAX_HERE).map(each => [each.name, each]));
		Object.assign(this, {members, areMoreHere: more, isExact: this.here.size === members, isDoubtful: false});
	}

	fault(error, seq) {
		console.error(error);
		this.continued({kind: "fault", seq});
	}

	// `to`: what it answers, {seq, epoch}.
	say(text, kind, to) {
		const sent = {id: this.random(), text: wellFormed(text), kind, to, at: this.now(), sentAt: 0, failed: ""};
		this.pending.push(sent);
		this.save();
		return sent;
	}

	get unsettled() {
		return this.pending.filter(sent => !sent.failed && !sent.seq);
	}

	// What may have been stored long ago is the person's to decide.
	toSend() {
		for (const sent of this.unsettled.filter(each => each.sentAt && !this.isFresh(each))) this.fail(sent, "old");
		return this.unsettled;
	}

	// Of a clock that was set back nobody knows how long ago it was.
	isFresh = ({sentAt}) => Math.abs(this.now() - sentAt) <= RESEND_FOR;

	sent(id) {
		const sent = this.waiting(id);
		Object.assign(sent, {sentAt: sent.sentAt || this.now(), askedAt: this.ticks()});
		this.save();
	}

	// Whether anything gets no answer while no other does either.
	judge() {
		const last = this.ticks() - ANSWER_WITHIN;
		const late = this.unsettled.filter(({askedAt}) => askedAt && Math.max(askedAt, this.answeredAt) <= last);
		for (const sent of late) this.fail(sent, "unanswered");
		return late.length > 0;
	}

	// What waits for an answer goes out again.
	lost() {
		this.isIn = false;
		for (const sent of this.pending) Object.assign(sent, {askedAt: 0, failed: sent.failed === "unanswered" ? "" : sent.failed});
	}

	// What may be stored keeps its id, so that it is not said twice.
	retry(id) {
		const sent = this.waiting(id);
		if (sent.failed === "unanswered" && this.isFresh(sent)) return Object.assign(sent, {failed: ""});
		this.forget(id);
		return this.say(sent.text, sent.kind, sent.to);
	}

	forget(id) {
		const {of} = this.waiting(id) ?? {};
		if (of) this.tab.empty(of);  // who decides about some of it has all of it
		for (const each of this.pending) if (each.of === of) each.of = "";
		this.pending = this.pending.filter(each => each.id !== id);
		this.save();
	}

	// Who came and left said nothing.
	get isSaid() {
		return this.more || this.pending.length > 0 || this.entries.some(({kind}) => kind !== "presence");
	}

	// More than is left when the oldest are dropped is not loaded to get somewhere.
	get isFull() {
		return this.entries.length > MAX_ENTRIES - 1000 || this.characters > MAX_CHARACTERS - 1_000_000;
	}

	get firstSeq() {
		return this.entries.find(entry => entry.seq)?.seq ?? (this.position?.seq ?? Infinity) + 1;
	}

	// Old messages and servers tell names alone.
	isMe = ({by, name}) => (by ? by === this.by : name === this.name);

	// Those first who were heard of last.
	get company() {
		const known = new Set([...[...this.names].reverse(), ...this.here?.keys() ?? []]);
		const isHere = name => !this.here || this.areMoreHere || this.here.has(name);
		return [...known].filter(name => name !== this.name && isHere(name));
	}

	get isOperator() {
		return Boolean(this.by) && this.browser.recall("operator") === this.by;
	}

	// What was written as somebody else, or another tab has.
	disown(reason = "other") {
		for (const sent of this.unsettled) this.fail(sent, reason);
		this.save();
	}

	// What tabs left that are gone is shown, and sent by nobody but the person.
	offer(left) {
		const offered = listOf(left).map(sent => ({at: this.now(), ...sent, failed: sent.sentAt ? "old" : "closed"}));
		this.pending = [...this.pending.filter(sent => !sent.of), ...offered];
	}

	// Undefined is not known yet.
	quoteOf(seq) {
		const entry = this.quotes.has(seq) ? this.quotes.get(seq) : this.entries.find(each => each.seq === seq);
		return entry?.isDeleted ? null : entry;
	}

	learnQuote(seq, entry) {
		this.quotes.set(seq, entry);
		for (const each of [...this.entries, ...this.pending]) if ((each.re ?? each.to?.seq) === seq) this.touch(each);
	}

	entryOf({seq, at, from, by, via, text, kind, re}) {
		const time = Date.parse(at);
		if (!Number.isInteger(seq) || !time || !from.trim || !text.trim) throw new TypeError("no message");
		this.learn(from);
		const mine = this.isMe({by, name: from});
		const mention = !mine && mentions(text, this.name, this.names);
		return {key: `m${seq}`, kind: "message", seq, time, from, by, via, text, mine, mention, re, isAction: kind === "action"};
	}

	waiting = id => this.pending.find(each => each.id === id);

	fail(sent, reason) {
		Object.assign(sent, {failed: reason, heard: false});
		this.save();
	}

	// It may come before its ack: what waits and reads the same is hidden until then.
	take(event) {
		const entry = this.put(this.entryOf(event));
		const text = entry.text.trim();
		const sent = this.pending.find(each => each.seq === entry.seq)
			?? (entry.mine && this.pending.find(each => !each.heard && each.sentAt && each.text.trim() === text));
		entry.mine ||= Boolean(sent);
		if (sent?.seq) this.forget(sent.id);
		else if (sent) sent.heard = entry.seq;
		return entry;
	}

	note = entry => this.put({key: `n${this.notes++}`, time: this.now(), ...entry});

	continued(entry) {
		const last = this.entries.at(-1);
		return last?.kind === entry.kind ? last : this.note(entry);
	}

	put(entry) {
		this.entries.push(entry);
		this.characters += entry.text?.length ?? 0;
		return entry;
	}

	// Its row is made anew.
	touch = (entry, more) => Object.assign(entry, more, {version: (entry.version ?? 0) + 1});

	erase(entry) {
		this.characters -= entry.text?.length ?? 0;
		this.touch(entry, {text: "", isDeleted: true, mention: false});
	}

	learn(name) {
		this.names.delete(name);
		this.names.add(name);
		const [oldest] = this.names;
		if (this.names.size > MAX_NAMES) this.names.delete(oldest);
	}

	dropOldest() {
		const dropped = this.entries.splice(0, Math.min(TRIM, this.entries.length >> 1));
		for (const entry of dropped) this.characters -= entry.text?.length ?? 0;
		this.offset += dropped.length;
		this.more = true;
	}

	save = () => this.tab.keep("pending", this.pending.filter(({seq, of}) => !seq && !of));
}

const HANDLED = /^(welcome|message|deleted|page|presence|ack|error|notice|gap|who|found)$/;

// crypto.randomUUID is for secure contexts, and http from another machine is none.
const randomId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join("");

// What was kept may be damaged.
const listOf = kept => [kept ?? []].flat().filter(each => each?.id && each.text?.trim)
	.map(sent => ({...sent, askedAt: 0, heard: false}));
