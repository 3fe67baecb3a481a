// When who is here is asked for again, if that is in doubt. All pages hear at once what puts it in doubt, and each asks at its own time.

import {ours} from "./connection.js";

const EVERY = 20_000;
const EACH = 20;  // for each who is here: all together ask 50 times a second
const OPERATORS = 5_000;  // who are few

// Tests hand it their world.
export function doubting(ask, {after, random} = ours) {
	let isDue = false;
	return (members, isOperator) => {
		if (isDue) return;
		isDue = true;
		const span = isOperator ? OPERATORS : Math.max(EVERY, members * EACH);
		after(span * (0.5 + random()), () => {
			isDue = false;
			ask();
		});
	};
}
