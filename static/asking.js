// When who is here is asked for again, if that is in doubt. All pages hear at once what puts it in doubt, and each asks at its own time.

import {ours} from "./connection.js";

const EVERY = 20_000;
const EACH = 20;  // for each who is here: all together ask 50 times a second
const OPERATORS = 5_000;  // who are few

export class Asking {
	// Tests hand it their world.
	constructor(ask, world = ours) {
		Object.assign(this, {ask, world, isDue: false});
	}

	doubt(members, isOperator) {
		if (this.isDue) return;
		this.isDue = true;
		const span = isOperator ? OPERATORS : Math.max(EVERY, members * EACH);
		this.world.after(span * (0.5 + this.world.random()), () => {
			this.isDue = false;
			this.ask();
		});
	}
}
