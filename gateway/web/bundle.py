"""The page's modules as one script: what would be thirty requests, a connection each, is one.

It knows as much of JavaScript as our own modules need, and refuses what it does not know: an import or export that
stands on a line of its own, in one of the forms below. Each module becomes a function that is called once, after those
that it imports, and returns what it exports; so nothing is imported in a circle, and nothing exported changes. Comments
stay behind, those at the end of a line too if they quote nothing, and so do indents, empty lines, blanks that part no
words: they are for who reads the modules. So no template may have a line that is one of these, begins or ends with one.
"""

import re
from collections.abc import Iterator, Mapping

_NAMES = re.compile(r"import \{([\w$]+(?:, [\w$]+)*)\} from \"\./([\w-]+)\.js\";")
_WHOLE = re.compile(r"import \* as ([\w$]+) from \"\./([\w-]+)\.js\";")
_PASSED_ON = re.compile(r"export \{([\w$]+(?:, [\w$]+)*)\} from \"\./([\w-]+)\.js\";")
_OBSCURE = re.compile(r"[`'/\\]|  ")
_IDLE = re.compile(r"(?<![\w$+-]) | (?![\w$+-])")
_ESCAPED = re.compile(r"\\.")
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
    lines = [_translated(name, line, needs, exports) for line in _bare_lines(name, text)]
    lines = [f"const ${name} = (() => {{", *lines, f"return {{{', '.join(exports)}}};", "})();"]
    return "".join(f"{line}\n" for line in lines if line)


def _bare_lines(name: str, text: str) -> Iterator[str]:
    """Without comments and indents; refuses a template that spans lines if it has what would be taken for these."""
    is_within = False
    for line in text.splitlines():
        bare = "" if line.lstrip().startswith("//") else _bare(line).lstrip()
        if is_within and bare != (line or None):
            raise BundleError(f"{name}.js has {line!r} within a template")
        is_end = _ESCAPED.sub("", bare).count("`") % 2 == 1
        yield bare if is_within or is_end else _tight(bare)
        is_within ^= is_end
    if is_within:
        raise BundleError(f"{name}.js has a template without an end")


def _bare(line: str) -> str:
    """Without the comment at its end; a quote in it may be the end of a text that holds what looks like one."""
    code, mark, comment = line.rpartition("  // ")
    return line if not mark or {*comment} & {*"\"'`"} else code


def _tight(line: str) -> str:
    """Without blanks that part nothing; where there may be a template, a comment or an expression all stay."""
    if _OBSCURE.search(line):
        return line
    parts = line.split('"')  # each second one is a text
    return '"'.join(part if place % 2 else _IDLE.sub("", part) for place, part in enumerate(parts))


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
