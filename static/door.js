// Why there is no connection: a WebSocket does not tell. A POST to its address is judged like the handshake.

const DOOR_PATIENCE = 10_000;

// {kind, detail}: the text's key, and what it is about; null if nobody answers.
export async function ask() {
	const end = new AbortController();
	setTimeout(() => end.abort(), DOOR_PATIENCE);
	try {
		const response = await fetch("ws", {method: "POST", redirect: "manual", cache: "no-store", signal: end.signal});
		const isPlain = response.headers.get("Content-Type")?.startsWith("text/plain");
		return troubleOf(response, isPlain ? (await response.text()).trim().slice(0, 200) : "");
	} catch {
		return null;
	}
}

// A 200 is the page of a portal.
export function troubleOf({status, type}, text) {
	if (status === 421 && text.includes("--public-host")) return {kind: "wrongHost", detail: location.hostname};
	if (status === 403 && text.includes("--origin")) return {kind: "wrongOrigin", detail: location.origin};
	if ([200, 401, 511].includes(status) || type === "opaqueredirect") return {kind: "login", detail: ""};
	if (status === 400 || (status >= 429 && text)) return {kind: "answered", detail: text || status};
	return {kind: [403, 404, 421].includes(status) || status >= 500 ? "proxy" : "open", detail: `${new URL("ws", location).pathname} (${status})`};
}
