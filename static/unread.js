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
		Object.assign(this, {readSeq, news: new Map(), since: 0});
		this.divider = null;  // the seq of the first message that was not read
		this.isReached = true;  // was that on the screen
		this.mentions = new Set(mentions);  // their seqs, until they were on the screen
	}

	get count() {
		return this.news.size;
	}

	come(entry) {
		if (entry.mine || this.isAttentive) return;
		if (this.divider === null) this.draw(entry);
		this.note(entry);
	}

	// A page of what was there already; older ones come later.
	found(entries) {
		const missed = entries.filter(({seq, mine}) => seq > this.readSeq && mine === false);
		if (missed[0]?.seq < (this.divider ?? Infinity)) this.draw(missed[0]);
		for (const entry of missed) this.note(entry);
	}

	draw = ({seq}) => Object.assign(this, {divider: seq, isReached: false});

	note({time, seq, mention}) {
		this.since = this.count ? Math.min(this.since, time) : time;
		this.news.set(seq, time);
		if (mention) remember(this.mentions, seq, MAX_MENTIONS);
	}

	// Whether it was news that this is on the screen.
	see(seq) {
		const isFirst = !this.isReached && seq === this.divider;
		this.isReached ||= isFirst;
		return this.mentions.delete(seq) || isFirst;
	}

	// Who knows of it may go on without having read it.
	skip = () => Object.assign(this, {news: new Map(), divider: null, isReached: true});

	// What is deleted is not new.
	drop(seqs) {
		for (const seq of seqs) this.mentions.delete(seq);
		const isFewer = seqs.filter(seq => this.news.delete(seq)).length > 0;
		if (isFewer && this.count) this.since = Math.min(...this.news.values());
		else if (isFewer) this.skip();
	}

	// At the end all is read, if one did not get there past what is new.
	attend(isAttentive) {
		if (isAttentive && this.isReached) this.news.clear();
		else if (!isAttentive && this.isAttentive && !this.count) this.divider = null;
		this.isAttentive = isAttentive;
	}
}
