// What the lint has to find, and what it has to let pass. The first of each kind were on the page once.

export const BAD = {
  js: [
    "URL.canParse('x');", "crypto.randomUUID();", "[1].findLast(Boolean);", "'x'.isWellFormed();", "navigator.clipboard.writeText('x');",
    "new RegExp(`(?<![a]${1})x`, 'u');", "new RegExp('(?<=a)x');", "/(?<!a)x/.test('x');", "/[\\p{L}--a]/v.test('x');", "[1].toSorted();",
    "Object.groupBy([], String);", "AbortSignal.timeout(1);", "new CompressionStream('gzip');", "Promise.withResolvers();",
    "document.startViewTransition(() => 0);", "Array.fromAsync([]);", "document.body.checkVisibility();", "navigator.locks.request('x', () => 0);",
    "navigator.serviceWorker.register('x');", "class A { static { this.x = 1; } }", "let a = 1;", "undefinedFunction();", "using x = 1;",
    "document.body.showPopover();", "new URLPattern('x');",
  ],
  css: [
    "a { color: light-dark(red, blue) }", ":root { --a: light-dark(red, blue) }", "a { background: color-mix(in srgb, red 14%, blue) }",
    "a { height: 100dvh }", "a { max-height: min(14rem, 40dvh) }", "a:has(b) { color: red }", "a { overflow: clip }", "@container (width > 3px) { a { color: red } }",
    "a { & b { color: red } }", "a { inset-area: top }", "a { color: oklch(50% 0.1 120) }", "a { width: 3cqw }", "a { field-sizing: content }",
    "@media (prefers-reduced-transparency) { a { color: red } }",
  ],
  html: ["<search>x</search>", "<p popover>x</p>", "<dialog closedby=any></dialog>"],
};

export const GOOD = {
  js: [
    "[1].map(String).flat().find(Boolean);", "document.body.replaceChildren();", "let a = null; a ??= 1; a?.b;", "new Intl.ListFormat('en').format(['a']);",
    "crypto.getRandomValues(new Uint8Array(16));", "/\\p{L}/u.test('x');", "new ResizeObserver(() => 0).observe(document.body);", "document.body.showModal();",
    "class A { #b = 1; c = () => this.#b; } new A();", "Object.hasOwn({}, 'a');", "structuredClone({});", "[1].at(-1);",
  ],
  css: [
    "a { height: 100vh; height: 100dvh }", "@supports (overflow: clip) { a { overflow: clip } }", "a { text-wrap: balance }", "a:focus-visible { inset: 0 }",
    "@media (prefers-color-scheme: dark) { a { color: red } }", "a { contain: paint; accent-color: red; width: min(3rem, 4vw) }", "dialog::backdrop { color: #0006 }",
  ],
  html: ["<dialog open></dialog>", "<input enterkeyhint=done>", "<script type=module></script>"],
};
