// What one can do with the message that is pointed at, has the focus or was pressed for long.

import {$$, button, claim, make, nextOf, on} from "./elements.js";

const LONG_PRESS = 500;

export function menuOf(list, actsOn) {
	const bar = make("div.acts", make("div"));
	let timer, isTouched;
	let stops = [];  // of Tab, at code, quotes and buttons: in the row that has the focus
	const stop = at => stops.forEach(each => { each.tabIndex = at; });
	const show = target => {
		const row = target?.closest(".message:not(.failed, .sending, .deleted)");
		if (row === bar.parentElement) return;
		bar.parentElement?.classList.remove("acting");
		bar.remove();
		if (!row) return;
		// No finger leaves: it goes when it was used, unless the button tells what came of it.
		bar.firstChild.replaceChildren(...Object.entries(actsOn(row)).map(([what, act]) => button(what, () => act() || (isTouched && show()))));
		row.classList.add("acting");
		row.append(bar);
	};
	on(bar, "mousedown", claim);  // the focus stays where it is
	const reactions = {
		// It is where the keyboard is.
		pointerover: ({target, pointerType}) => pointerType !== "mouse" || bar.contains(document.activeElement) || show(target),
		// A finger leaves before it has clicked.
		pointerleave: ({pointerType}) => pointerType !== "mouse" || bar.parentElement?.contains(document.activeElement) || show(),
		// A tap gives the focus too, and shows nothing.
		focusin({target}) {
			stop(-1);
			stops = target.closest(".message")?.querySelectorAll("[tabindex='-1']") ?? [];
			stop(0);
			if (target.matches(":focus-visible:not(.linked)")) show(target);
		},
		focusout: ({relatedTarget}) => !relatedTarget || bar.parentElement?.contains(relatedTarget) || show(),
		pointerdown({target, pointerType}) {
			isTouched = pointerType !== "mouse";
			if (!isTouched || bar.contains(target)) return;
			show();
			timer = setTimeout(show, LONG_PRESS, target);
		},
		"pointerup pointercancel": () => clearTimeout(timer),
		// The press that opened it clicks none of its buttons.
		touchend: event => bar.isConnected && !bar.contains(event.target) && claim(event),
		keydown(event) {
			const {key, target} = event;
			isTouched = false;
			show(target);
			if (!target.matches(".message")) return;
			if (key === "Enter") {
				claim(event);
				actsOn(target).answer?.();
			}
			nextOf($$(".message", list), event)?.focus();
		},
	};
	for (const [events, react] of Object.entries(reactions)) on(list, events, react);
}
