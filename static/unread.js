// What nobody has read.

import {remember} from "./newest.js";

const MAX_MENTIONS = 1_000;

export class Unread {
	constructor() {
		this.isAttentive = true;  // whether somebody sees what comes
		this.begin();
	}

	// Up to there all was read, on an earlier visit or in another tab, but these mentions.
	begin(readSeq = Infinity, mentions = []) {
		this.divider = null;  // the seq of the first message that was not read
		this.end(readSeq);
		this.mentions = new Set(mentions);  // their seqs, until they were on the screen
		this.unheard = {after: readSeq};  // where nobody has looked for mentions: {after, before, since}
	}

	// What is not loaded counts by its seqs.
	get count() {
		return this.news.size + this.hidden;
	}

	get since() {
		return Math.min(...this.news.values());
	}

	end(readSeq = Infinity) {
		Object.assign(this, {readSeq, news: new Map(), hidden: 0});
		this.isReached = readSeq === Infinity;  // was the divider on the screen
	}

	come(entry) {
		if (entry.mine || this.isAttentive) return;
		if (this.readSeq === Infinity) {
			this.readSeq = entry.seq - 1;
			this.draw(entry.seq);
		}
		this.note(entry);
	}

	// A page of what was there already; older ones come later.
	found(entries) {
		for (const entry of entries) if (entry.seq > this.readSeq && entry.mine === false) this.note(entry);
	}

	// `missing(seq)` tells how many behind that are not loaded: if none are between, the first that is known is the first.
	measure(missing) {
		const first = Math.min(...this.news.keys());
		this.hidden = missing(this.readSeq);
		if (!this.count) this.end();
		if (this.unheard && !missing(this.unheard.after)) this.unheard = null;
		if (first < (this.divider ?? Infinity) && missing(first) === this.hidden) this.draw(first);
	}

	draw = seq => Object.assign(this, {divider: seq, isReached: false});

	note({time, seq, mention}) {
		this.news.set(seq, time);
		if (mention) remember(this.mentions, seq, MAX_MENTIONS);
	}

	// Mentions in what is not loaded, the newest first. Before that seq there may be more.
	hear(seqs, before) {
		const {mentions, unheard} = this;
		for (const seq of seqs) if (seq > unheard.after && mentions.size < MAX_MENTIONS) mentions.add(seq);
		unheard.before = before;
		if (!(before > unheard.after + 1)) this.unheard = null;
	}

	// Whether it was news that this is on the screen.
	see(seq) {
		const isFirst = !this.isReached && seq === this.divider;
		this.isReached ||= isFirst;
		return this.mentions.delete(seq) || isFirst;
	}

	// Who knows of it may go on without having read it.
	skip() {
		this.divider = null;
		this.end();
	}

	// What is deleted is not new.
	drop(seqs) {
		for (const seq of seqs) this.mentions.delete(seq);
		const isFewer = seqs.filter(seq => this.news.delete(seq)).length > 0;
		if (isFewer && !this.count) this.skip();
	}

	// At the end all is read, if one did not get there past what is new.
	attend(isAttentive) {
		if (isAttentive && this.isReached) this.end();
		else if (!isAttentive && this.isAttentive && !this.count) this.divider = null;
		this.isAttentive = isAttentive;
	}
}
