// What was written: a command, something to say, or a secret.

// The server's rule (gateway/vocabulary.py), whose blanks are Unicode's: \s has U+FEFF too.
const COMMAND = /^[/\uff0f]\p{L}+(\p{White_Space}|$)/u;
const ESCAPED = /^[/\uff0f](?=[/\uff0f]+\p{L}+(\p{White_Space}|$))/u;
// Braille's empty cell is not seen either.
const UNSEEN = "\\s\\p{Cc}\\p{Cf}\\p{Default_Ignorable_Code_Point}\\u2800";
const BLANKS = new RegExp(`^[${UNSEEN}]+`, "u");
const HIDDEN = new RegExp(`[${UNSEEN}]`, "gu");
// Or what looks like a slash; Chinese input methods make its key a \u3001.
const SECRET = /^[/\u2044\u2215\u29f8\u3001](op|pass)(?![\p{L}\p{N}_])/u;
const LOOKED_AT = 64;

const ACTION = /^[/\uff0f]me\p{White_Space}+(.*)/isu;

export function isSecret(text) {
	const start = text.replace(BLANKS, "").slice(0, LOOKED_AT);
	const [slash = ""] = start;
	const [word] = start.slice(slash.length).replace(BLANKS, "").match(/^\S*/u);
	return SECRET.test((slash + word).normalize("NFKC").replace(HIDDEN, "").toLowerCase());
}

// Half of a surrogate pair can't be sent.
export const wellFormed = text => text.replace(/\p{Surrogate}/gu, "\ufffd");

export const writtenFor = ({text, kind}) =>
	kind === "action" ? `/me ${text}` : kind !== "draft" && ESCAPED.test(`/${text}`) ? `/${text}` : text;

// {command}, {say, kind}, or {isHeld} of what would tell a password.
export function reading(text) {
	if (isSecret(text)) {
		const command = text.replace(BLANKS, "");
		return COMMAND.test(command) ? {command} : {isHeld: true};
	}
	if (!COMMAND.test(text)) return {say: text.replace(ESCAPED, "")};
	const [, action] = ACTION.exec(text) ?? [];
	return action ? {say: action, kind: "action"} : {command: text};
}
