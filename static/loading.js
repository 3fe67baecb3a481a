// What can't wait for modules: the colours; and whether all of the page arrives, which they may not.

const {classList} = document.documentElement;
// Before anything is painted; what was chosen is where memory.js keeps it.
const dark = matchMedia("(prefers-color-scheme: dark)");
dark.onchange = () => paint();
function paint(theme) {
	try { theme ??= localStorage.getItem(`${new URL(".", location).pathname} theme`); } catch { /* blocked */ }
	const isDark = theme === "dark" || (theme !== "light" && dark.matches);
	classList.toggle("dark", isDark);
	document.querySelector("[name=theme-color]").content = isDark ? "#1c1f22" : "#fff";
}
paint();

const DELAYS = [500, 2_000, 5_000];  // a server that starts again, a network that changes
let isWhole = true;

classList.add("loading");
addEventListener("load", () => {
	classList.remove("loading");
	if (isWhole) tried(0);
});

addEventListener("error", ({target}) => {
	if (!isWhole || (target.tagName !== "SCRIPT" && target.rel !== "stylesheet")) return;
	isWhole = false;
	const say = () => {
		document.getElementById("unable")?.remove();
		document.getElementById("missing").hidden = false;
	};
	if (document.readyState === "loading") addEventListener("DOMContentLoaded", say);
	else say();
	const delay = DELAYS[tried()];
	if (delay) setTimeout(() => location.reload(), delay);
}, true);

// How often that was tried again: the tab's history outlives a reload, and nobody blocks it.
function tried(count) {
	const before = history.state?.tried ?? 0;
	history.replaceState({tried: count ?? before + 1}, "");
	return before;
}
