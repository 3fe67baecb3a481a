// What is said and not known to be in the log: kept by the tab, said again, and the person's to decide where nobody else can.

import {wellFormed} from "./commands.js";

const RESEND_FOR = 9 * 60_000;  // the server remembers for 10 minutes
export const ANSWER_WITHIN = 30_000;

export class Outbox {
	constructor({tab, now, ticks = () => performance.now(), random = randomId}) {
		Object.assign(this, {tab, now, ticks, random, answeredAt: 0, all: listOf(tab.recall("pending"))});
	}

	// `to`: what it answers, {seq, epoch}.
	say(text, kind, to) {
		const sent = {id: this.random(), text: wellFormed(text), kind, to, at: this.now(), sentAt: 0, failed: ""};
		this.all.push(sent);
		this.save();
		return sent;
	}

	save = () => this.tab.keep("pending", this.all.filter(({seq, of}) => !seq && !of));

	waiting = id => this.all.find(each => each.id === id);

	get unsettled() {
		return this.all.filter(sent => !sent.failed && !sent.seq);
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

	answered() {
		this.answeredAt = this.ticks();
	}

	// Whether it was waited for.
	acked(id, seq) {
		const sent = this.waiting(id);
		this.answered();
		if (sent) Object.assign(sent, {seq, failed: ""});
		this.save();
		return sent;
	}

	// It may come before its ack: what waits and reads the same is hidden until then. The key of its row, if it is one of these.
	come({seq, text, mine}) {
		const said = text.trim();
		const sent = this.all.find(each => each.seq === seq)
			?? (mine && this.all.find(each => !each.heard && each.sentAt && each.text.trim() === said));
		if (sent?.seq) this.forget(sent.id);
		else if (sent) sent.heard = seq;
		return sent && keyOf(sent);
	}

	// Of another log one knows only what it has not got.
	begin() {
		this.all = this.all.filter(sent => !sent.seq);
	}

	drop(seqs) {
		for (const {id} of this.all.filter(({seq, heard}) => seqs.has(seq) || seqs.has(heard))) this.forget(id);
	}

	fail(sent, reason) {
		// Another one came then, and has its row.
		if (sent.heard) sent.version = (sent.version ?? 0) + 1;
		Object.assign(sent, {failed: reason, heard: false});
		this.save();
	}

	// What was written as somebody else, or another tab has.
	disown(reason = "other") {
		for (const sent of this.unsettled) this.fail(sent, reason);
	}

	// What tabs left that are gone is shown, and sent by nobody but the person.
	offer(left) {
		const offered = listOf(left).map(sent => ({at: this.now(), ...sent, failed: sent.sentAt ? "old" : "closed"}));
		this.all = [...this.all.filter(sent => !sent.of), ...offered];
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
		for (const sent of this.all) Object.assign(sent, {askedAt: 0, failed: sent.failed === "unanswered" ? "" : sent.failed});
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
		for (const each of this.all) if (each.of === of) each.of = "";
		this.all = this.all.filter(each => each.id !== id);
		this.save();
	}
}

// What it answers there.
export const reOf = ({to}, epoch) => (to?.epoch === epoch ? to?.seq : undefined);

export const keyOf = ({id, version = ""}) => `p${id}${version}`;

// crypto.randomUUID is for secure contexts, and http from another machine is none.
const randomId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join("");

// What was kept may be damaged.
const listOf = kept => [kept ?? []].flat().filter(each => each?.id && each.text?.trim)
	.map(sent => ({...sent, askedAt: 0, heard: false}));
