// What nobody has read.

export class Unread {
	constructor() {
		this.isAttentive = true;  // whether somebody sees what comes
		this.begin();
	}

	// Up to there all was read, on an earlier visit or in another tab, but these mentions.
	begin(readSeq = Infinity, mentions = []) {
		Object.assign(this, {readSeq, count: 0, since: 0});
		this.divider = null;  // the key of the first message that was not read
		this.mentions = new Set(mentions);  // their seqs, until they were on the screen
	}

	come(entry) {
		if (entry.mine || this.isAttentive) return;
		this.divider ??= entry.key;
		this.note(entry);
	}

	// A page of what was there already; older ones come later.
	found(entries) {
		const missed = entries.filter(({seq, mine}) => seq > this.readSeq && mine === false);
		if (missed.length) this.divider = missed[0].key;
		for (const entry of missed) this.note(entry);
	}

	note({time, seq, mention}) {
		this.since = this.count++ ? Math.min(this.since, time) : time;
		if (mention) this.mentions.add(seq);
	}

	attend(isAttentive) {
		if (isAttentive) this.count = 0;
		else if (this.isAttentive && !this.count) this.divider = null;
		this.isAttentive = isAttentive;
	}
}
