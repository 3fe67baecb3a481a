// Sets that keep what came last.

export function remember(set, each, most) {
	set.delete(each);
	set.add(each);
	const [oldest] = set;
	if (set.size > most) set.delete(oldest);
}
