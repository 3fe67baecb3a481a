// chat.v1.json over a WebSocket that is made again when it is lost.
// Its phase: connecting · in · lost (comes back by itself) · replaced, refused, left (when it is told to).

import {ask} from "./door.js";

const FIRST_DELAY = 500;
const LAST_DELAY = 20_000;
const ENTER_PATIENCE = 15_000;
const QUIET = 20_000;  // after which the server is asked whether it is there
const PATIENCE = 10_000;
const QUICK_PATIENCE = 3_000;  // when there is a reason to doubt it

// Tests hand it theirs.
export const ours = {
	WebSocket, ask, now: Date.now, random: Math.random,
	after: (milliseconds, act) => setTimeout(act, milliseconds),
	cancel: timer => clearTimeout(timer),
};

export class Connection {
	// hello() gives the first events; hear(event), failed(error), changed(status).
	constructor(url, handlers, world = ours) {
		Object.assign(this, {...handlers, url, world, socket: null, attempts: 0, openDoors: 0});
		this.status = {phase: "connecting", since: world.now(), wasIn: false};
	}

	open() {
		if (this.socket) return;
		this.socket = Object.assign(new this.world.WebSocket(this.url, "chat.v1.json"), {
			onopen: () => {
				this.isOpen = true;
				for (const event of this.hello()) this.socket.send(JSON.stringify(event));
			},
			onmessage: ({data}) => this.receive(data),
			onclose: ({code, reason}) => this.lost(code, reason),
		});
		this.wait(ENTER_PATIENCE, () => this.drop());
		this.enter("connecting");
	}

	get isIn() {
		return this.status.phase === "in";
	}

	send(event) {
		const isSent = this.isIn && this.socket.readyState === 1;
		if (isSent) this.socket.send(JSON.stringify(event));
		return isSent;
	}

	again() {
		if (!this.socket) return false;
		this.drop();
		this.open();
		return true;
	}

	// After what may have cut it.
	doubt() {
		if (this.status.phase === "lost") this.open();
		else if (this.isIn) this.ask(QUICK_PATIENCE);
	}

	receive(data) {
		for (const line of data.split("\n")) this.take(line);
		if (this.isIn) this.wait(QUIET, () => this.ask(PATIENCE));
	}

	take(line) {
		try {
			const event = JSON.parse(line);
			if (event.type === "welcome") {
				this.attempts = 0;
				this.enter("in");
			}
			this.hear(event);
		} catch (error) {
			this.failed(error);
		}
	}

	ask(patience) {
		this.send({type: "ping"});
		this.wait(patience, () => this.drop());
	}

	wait(milliseconds, act) {
		this.world.cancel(this.timer);
		this.timer = this.world.after(milliseconds, act);
	}

	drop() {
		const {socket} = this;
		socket.onopen = socket.onmessage = socket.onclose = null;
		socket.close();
		this.lost(1006, "");
	}

	lost(code, reason) {
		if (!this.isOpen) this.askWhy();
		this.isOpen = false;
		this.socket = null;
		this.world.cancel(this.timer);
		// 4001: too many newer ones. 4500 and above: do not come back. 1000: it was asked for.
		const phase = code === 4001 ? "replaced" : code >= 4500 ? "refused" : code === 1000 ? "left" : "lost";
		if (phase === "lost") {
			const most = Math.min(LAST_DELAY, FIRST_DELAY * 2 ** this.attempts++);
			this.wait(this.world.random() * most, () => this.open());
		}
		this.enter(phase, reason);
	}

	// A handshake that fails tells no reason; the door may.
	async askWhy() {
		const trouble = await this.world.ask();
		const {phase} = this.status;
		// A door that is open may have been opened just now.
		this.openDoors = trouble?.kind === "open" ? this.openDoors + 1 : 0;
		if (phase !== "lost" && phase !== "connecting") return;
		this.status = {...this.status, trouble: this.openDoors === 1 ? null : trouble};
		this.changed(this.status);
	}

	enter(phase, reason = "") {
		// While it tries to come back it is away since it was lost.
		const isAway = phase !== "in" && !this.isIn;
		const {since, trouble} = isAway ? this.status : {since: this.world.now(), trouble: null};
		this.status = {phase, reason, since, trouble, wasIn: phase === "in" || this.status.wasIn};
		this.changed(this.status);
	}
}
