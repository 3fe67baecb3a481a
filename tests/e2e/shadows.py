"""What makes a browser older or worse than it is: scripts that run before those of the page."""

ANDROID = """
for (const what of ["notify", "sound"]) localStorage.setItem(`/ ${what}`, "on");
window.Notification = class {
    constructor() { throw new TypeError("Illegal constructor. Use ServiceWorkerRegistration.showNotification()"); }
    static permission = "granted";
    static requestPermission = async () => "granted";
};
"""
"""The class is there, and its constructor throws."""

BARE = """
for (const what of ["notify", "sound"]) localStorage.setItem(`/ ${what}`, "on");
for (const name of ["Notification", "AudioContext", "webkitAudioContext"]) delete window[name];
"""
"""Neither notifications nor sound: a WebView."""

NO_STORAGE = """
for (const name of ["localStorage", "sessionStorage"]) {
    Object.defineProperty(window, name, {get() { throw new DOMException("Access is denied", "SecurityError"); }});
}
window.BroadcastChannel = class {
    constructor() { throw new DOMException("The operation is insecure.", "SecurityError"); }
};
"""
"""Cookies are blocked; Firefox has no channels then."""

NULL_STORAGE = """
for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, {get: () => null});
"""
"""Firefox with dom.storage.enabled off, an Android WebView without DOM storage."""

FULL_STORAGE = """
Storage.prototype.setItem = () => { throw new DOMException("The quota has been exceeded.", "QuotaExceededError"); };
"""

OLD = """
delete Crypto.prototype.randomUUID;
for (const name of ["canParse", "parse"]) delete URL[name];
for (const name of ["isWellFormed", "toWellFormed"]) delete String.prototype[name];
for (const name of ["findLast", "findLastIndex", "toReversed", "toSorted", "toSpliced", "with"]) {
    delete Array.prototype[name];
    delete Object.getPrototypeOf(Uint8Array.prototype)[name];
}
delete Array.fromAsync;
for (const type of [Object, Map]) delete type.groupBy;
for (const name of ["withResolvers", "try"]) delete Promise[name];
for (const name of ["any", "timeout"]) delete AbortSignal[name];
for (const name of ["union", "intersection", "difference", "isSubsetOf", "isDisjointFrom"]) delete Set.prototype[name];
delete RegExp.escape;
delete Intl.Segmenter;
{
    const Newer = RegExp;
    window.RegExp = new Proxy(Newer, {construct(target, [source, ...flags]) {
        if (/\\(\\?<[=!]/.test(source)) throw new SyntaxError("invalid group specifier name");
        return new target(source, ...flags);
    }});
}
delete Element.prototype.checkVisibility;
for (const name of ["showPopover", "hidePopover", "togglePopover"]) delete HTMLElement.prototype[name];
for (const name of ["Iterator", "scheduler", "navigation"]) delete window[name];
"""
"""A browser of spring 2022: none of what has come since, as far as a script can take it away."""

FAST_CLOCK = """
{
    const Right = Date;
    window.Date = class extends Right {
        constructor(...parts) { super(...(parts.length ? parts : [Right.now() + 120_000])); }
        static now() { return Right.now() + 120_000; }
    };
}
"""
"""Two minutes ahead."""

OFFLINE = """
Object.defineProperty(Navigator.prototype, "onLine", {get: () => false});
"""
"""As some say behind a VPN, and in a virtual machine."""
