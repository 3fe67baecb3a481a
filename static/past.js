// Pages of what was said before, by what they were asked for. Where one jumped to stands apart from what is now: between
// them is a hole, which is filled from either end.

const placeOf = entries => entries.findIndex(({kind}) => kind === "hole");

// The last seq before the hole, and the first behind it.
export function edgesOf({entries}) {
	const place = placeOf(entries);
	const [before, behind] = [entries.slice(0, Math.max(0, place)).reverse(), entries.slice(place + 1)];
	return [before, behind].map(each => each.find(({seq}) => seq)?.seq);
}

const TAKERS = {
	older(store, {messages, more}) {
		const {firstSeq} = store;
		const made = madeOf(store, messages, {next: firstSeq});
		put(store, 0, 0, made);
		store.offset -= made.length;
		store.more = more;
	},
	// From that message on, else from the first that is new. What was there of another such place goes.
	land(store, {messages}, sought) {
		const {unread} = store;
		const [first = {seq: Infinity}] = messages;
		if (!sought) unread.readSeq = Math.max(unread.readSeq, first.seq - 1);
		else if (first.seq !== sought) return;
		const [, next] = edgesOf(store);
		const made = madeOf(store, messages, {next});
		if (!made[0]) return;
		if (messages.at(-1).seq < next) made.push({key: `n${store.notes++}`, kind: "hole", time: made.at(-1).time});
		const gone = placeOf(store.entries) + 1;
		put(store, 0, gone, made);
		store.offset += gone - made.length;
		store.more = true;
	},
	after(store, page) {
		fillHole(store, page, 0);
	},
	before(store, page) {
		store.offset -= fillHole(store, page, 1);
	},
	quote(store, {messages: [event]}, seq) {
		store.quotes.set(seq, event?.seq === seq ? store.entryOf(event) : null);
	},
};

export const take = (store, {kind = "older", seq}, page) => TAKERS[kind](store, page, seq);

// By how many entries there are more.
function fillHole(store, {messages, more, isEmpty}, side) {
	const place = placeOf(store.entries);
	if (place < 0) return 0;
	const [last, next] = edgesOf(store);
	const made = madeOf(store, messages, {last, next});
	const isFull = !more || isEmpty || messages.some(({seq}) => isThere(seq, {last, next}));
	put(store, isFull ? place : place + side, Number(isFull), made);
	return made.length - isFull;
}

const put = (store, place, count, made) => store.unload(store.entries.splice(place, count, ...made));

const isThere = (seq, {last, next}) => seq <= last || seq >= next;

function madeOf(store, messages, edges) {
	const {entries} = store;
	store.entries = [];
	for (const event of messages) {
		try {
			if (!isThere(event.seq, edges)) store.take(event);
		} catch (error) {
			store.fault(error, event.seq);
		}
	}
	const made = store.entries;
	store.entries = entries;
	store.unread.found(made);
	return made;
}
