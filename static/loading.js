// What can't wait for modules, which may not arrive.

const {classList} = document.documentElement;
// Before anything is painted; memory.js keeps what was chosen.
const dark = matchMedia("(prefers-color-scheme: dark)");
dark.onchange = () => paint();
function paint(theme) {
	try { theme ??= localStorage.getItem(`${new URL(".", location).pathname} theme`); } catch { /* blocked */ }
	const isDark = theme === "dark" || (theme !== "light" && dark.matches);
	classList.toggle("dark", isDark);
	document.querySelector("[name=theme-color]").content = isDark ? "#1c1f22" : "#fff";
}
paint();

const DELAYS = [500, 2_000, 5_000];
let isWhole = true;

classList.add("loading");
addEventListener("load", () => {
	classList.remove("loading");
	document.getElementById("missing").hidden = isWhole;
	if (isWhole) tried();
	else document.getElementById("unable")?.remove();
});

addEventListener("error", ({target}) => {
	if (!isWhole || (target.tagName !== "SCRIPT" && target.rel !== "stylesheet")) return;
	isWhole = false;
	const delay = DELAYS[tried()];
	if (delay) setTimeout(() => location.reload(), delay);
}, true);

// How often that was tried again: the tab's history outlives a reload, and nobody blocks it.
function tried() {
	const before = history.state?.tried ?? 0;
	history.replaceState({tried: isWhole ? 0 : before + 1}, "");
	return before;
}
