"""The page's modules as one script: what would be thirty requests, a connection each, is one.

It knows as much of JavaScript as our own modules need, and refuses what it does not know: an import or export that
stands on a line of its own, in one of the forms below. Each module becomes a function that is called once, after those
that it imports, and returns what it exports; so nothing is imported in a circle, and nothing exported changes. Comments
stay behind, those at the end of a line too if they quote nothing: they are for who reads the modules.
"""

import re
from collections.abc import Mapping

_NAMES = re.compile(r"import \{([\w$]+(?:, [\w$]+)*)\} from \"\./([\w-]+)\.js\";")
_WHOLE = re.compile(r"import \* as ([\w$]+) from \"\./([\w-]+)\.js\";")
_PASSED_ON = re.compile(r"export \{([\w$]+(?:, [\w$]+)*)\} from \"\./([\w-]+)\.js\";")
_EXPORT = re.compile(r"export (?:async )?(?:function|class|const) ([\w$]+)")


class BundleError(ValueError):
    """Our own fault: a module that this does not know how to put among others."""


def bundle(modules: Mapping[str, str], entry: str) -> str:
    """The modules, by their names without `.js`, that this one needs, and itself, in order. Raises BundleError."""
    done: dict[str, str] = {}
    _put(entry, modules, done, ())
    return "".join(done.values())


def _put(name: str, modules: Mapping[str, str], done: dict[str, str], way: tuple[str, ...]) -> None:
    if name in done:
        return
    if name in way or name not in modules:
        raise BundleError(f"{' imports '.join((*way, name))}, which is {'a circle' if name in way else 'not there'}")
    needs: list[str] = []
    text = _as_function(name, modules[name], needs)
    for needed in needs:
        _put(needed, modules, done, (*way, name))
    done[name] = text


def _as_function(name: str, text: str, needs: list[str]) -> str:
    exports: list[str] = []
    lines = [
        _translated(name, _bare(line), needs, exports)
        for line in text.splitlines()
        if not line.lstrip().startswith("//")
    ]
    return "\n".join([f"const ${name} = (() => {{", *lines, f"return {{{', '.join(exports)}}};", "})();", ""])


def _bare(line: str) -> str:
    """Without the comment at its end; a quote in it may be the end of a text that holds what looks like one."""
    code, mark, comment = line.rpartition("  // ")
    return line if not mark or {*comment} & {*"\"'`"} else code


def _translated(name: str, line: str, needs: list[str], exports: list[str]) -> str:
    """A line as it stands in a function; what it imports and exports is added to the others."""
    if found := _NAMES.fullmatch(line):
        needs.append(found[2])
        return f"const {{{found[1]}}} = ${found[2]};"
    if found := _WHOLE.fullmatch(line):
        needs.append(found[2])
        return f"const {found[1]} = ${found[2]};"
    if found := _PASSED_ON.fullmatch(line):
        needs.append(found[2])
        exports.extend(f"{each}: ${found[2]}.{each}" for each in found[1].split(", "))
        return ""
    if found := _EXPORT.match(line):
        exports.append(found[1])
        return line.removeprefix("export ")
    if line.startswith(("import ", "import{", "export ", "export{")):
        raise BundleError(f"{name}.js has {line!r}")
    return line
