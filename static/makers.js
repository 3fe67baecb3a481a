// A row of the log as an element.

import * as answering from "./answering.js";
import {body} from "./body.js";
import {$$, badge, button, make, on, person, set} from "./elements.js";
import {dayName, format, listed, t, worded} from "./i18n.js";

const NAMED = 5;  // the others are counted
const SAYS_SO = /not (said|sent)|没有发送/;  // the server, of what was not

function message({id, seq, key = `m${seq}`, from, by, via, text, time, mine, mention, re, isAction, isDeleted, failed}, log, state) {
	const who = {name: from, by, via};
	const head = make("p.head", person(who), mine ? make("span.me", t("me")) : "");
	const when = set(make("time", format("time", time)), {datetime: new Date(time).toISOString(), title: format("full", time)});
	const said = isDeleted ? [make("div.text", t("deleted"))] : body(text, log);
	said[0].id = `text-${key}`;
	const quote = Number.isInteger(re) && !isDeleted ? [set(quoteOf(re, log), {id: `re-${key}`})] : [];
	const classes = {mine, mention, pending: id, action: isAction, deleted: isDeleted, closed: failed === "closed", wide: said[0].querySelector("pre"), [state]: isNaN(state)};
	const element = make(["div.message", ...Object.keys(classes).filter(each => classes[each])].join("."), badge(who), head, when, ...quote, ...said);
	for (const each of $$("pre, button", element)) each.tabIndex = -1;
	if (isNaN(state) && state !== "new") element.append(make("p.mark", t(id ? state : "deleting")));
	if (state === "failed") {
		const acts = [failed === "closed" ? "edit" : "retry", "discard"].map(what => button(what, () => log.act(what, id)));
		const why = t(failed) ?? worded(failed);
		element.lastChild.replaceChildren(SAYS_SO.test(why) ? why : `${t(state)}: ${why}`, ...acts);
	}
	return set(element, {tabindex: -1, role: "article", "aria-describedby": [...quote, said[0]].map(each => each.id).join(" "), "aria-label": `${from}, ${when.textContent}${mention ? `, ${t("mentioned")}` : ""}`});
}

function quoteOf(re, log) {
	const entry = log.quoteOf(re);
	const element = set(make("button.quote", ...answering.quoted(entry)), {type: "button", title: t("answering")});
	element.disabled = entry === null;
	if (entry === undefined) element.dataset.re = re;
	on(element, "click", () => log.jump(re));
	return element;
}

function presence({came, left, renamed, excess}) {
	const sentences = renamed.slice(0, NAMED).map(({from, to}) => t("renamed", from, to));
	for (const [what, names, more] of [["came", came, excess], ["left_", left, -excess]]) {
		const others = Math.max(0, names.length - NAMED) + Math.max(0, more);
		if (names.length || others) sentences.push(t(what, listed(names.slice(0, NAMED), others)));
	}
	return notice(sentences.join(" · "));
}

const notice = text => (text.includes("\n") ? make("pre.notice", ...text.split("\n").map(rowOf)) : make("p.notice", text));

// Its first column, which others do not stand apart from in a narrow window.
function rowOf(line) {
	const [first] = /^(?:.*? {2,})?/.exec(line);
	return make("div", make("b", first), line.slice(first.length));
}

export const MAKERS = {
	message,
	pending: message,
	presence,
	hole: () => make("p.notice.hole", t("older")),
	fault: () => make("p.notice.fault", t("fault"), " ", button("reload", () => location.reload())),
	day: ({time}) => make("h2.line.day", dayName(time)),
	divider: () => make("p.line.divider", t("unread")),
	notice: entry => notice(worded(entry)),
	gap: ({from, to}) => notice(t("gap", to - from + 1)),
	fresh: () => notice(t("fresh")),
	forgetful: () => notice(t("forgetful")),
};
