"""The page's modules as one script: what would be thirty requests, a connection each, is one.

It knows as much of JavaScript as our own modules need, and refuses what it does not know: an import or export that
stands on a line of its own, in one of the forms below. A module stands behind those that it imports, so nothing is
imported in a circle. What is imported by its name alone is called so in all of the script, and so is a module that is
imported as a whole, by its own name. Such a module, and one that has a name for itself that is another's, too, becomes
a function that is called once, and returns what it exports; so nothing exported changes. Comments stay behind, those at
the end of a line too if they quote nothing, and so do indents, ends of lines and blanks that part nothing: they are for
who reads the modules. So no template may have a line that is, begins or ends with one of these. What is constant is so
for the linter: here it is `let`, which is shorter, and one `let` after the other is one. A number that a module gives a
name to in capitals stands where that is used. What the browser has and is named most often has a shorter name, as true,
false and undefined have.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

_NAMES = re.compile(r"import \{([\w$]+(?:, [\w$]+)*)\} from \"\./([\w-]+)\.js\";")
_WHOLE = re.compile(r"import \* as ([\w$]+) from \"\./([\w-]+)\.js\";")
_PASSED_ON = re.compile(r"export \{([\w$]+(?:, [\w$]+)*)\} from \"\./([\w-]+)\.js\";")
_TEXT = re.compile(r"(\"[^\"\\]*\"|`[^`$\\]*(?:\$\{[^`{}]*\}[^`$\\]*)*`)")
_OBSCURE = re.compile(r"[`'\"/\\]|  ")
_GOES_ON = "{;,(["
_CONST = re.compile(r"\bconst (?=[\w$\[{])")
_NUMBER = re.compile(r"^const ([A-Z_]+) = ([\d_.]+);(?:  // .*)?\n", re.MULTILINE)
_LET = re.compile(r"let(?: |(?=[\[{]))")
_IDLE = re.compile(r"(?<![\w$+-]) |(?<=[\w$]) (?![\w$])|(?<=[+-]) (?![+-])")
_OFTEN = {"Object.assign": "$a", "document": "$d", "window": "$w", "location": "$l", "Object": "$o", "Math": "$m"}
_SHORT = {**_OFTEN, "true": "!0", "false": "!1", "undefined": "void 0", "Infinity": "1/0"}
_LONG = re.compile(rf"(?<![\w$.])(?:{'|'.join(map(re.escape, _SHORT))})(?![\w$:])")
_ESCAPED = re.compile(r"\\.")
_NAMED = re.compile(r"(?:async )?(?:(?:function|class) ([\w$]+)|(?:const|let) ([^=;]*))")
_NAME = re.compile(r"[\w$]+")
_PATH = re.compile(r"[\w$.]+")
_EXPORT = re.compile(r"export (?:async )?(?:function|class|const) ([\w$]+)")


class BundleError(ValueError):
    """Our own fault: a module that this does not know how to put among others."""


def bundle(modules: Mapping[str, str], entry: str) -> str:
    """The modules, by their names without `.js`, that this one needs, and itself, in order. Raises BundleError."""
    made = _Bundle(modules)
    made.put(entry, ())
    text = "".join(made.done.values())
    used = {*_NAME.findall(text)}
    named = ",".join(f"{short}={name}" for name, short in _OFTEN.items() if short in used)
    return f"let {named};{text}" if named else text


def tightened(name: str, text: str) -> str:
    """A script that is sent by itself, without what is for its readers alone. Raises BundleError."""
    return _joined(f"{line}\n" if is_template else _tight(line) for line, is_template in _bare_lines(name, text))


class _Bundle:
    """What is in it so far."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        self._modules = {name: _counted(text) for name, text in modules.items()}
        lines = [line for text in self._modules.values() for line in text.splitlines()]
        found = [_WHOLE.fullmatch(line) or _PASSED_ON.fullmatch(line) for line in lines]
        self._objects = {each[2] for each in found if each}
        self._exported = {each[1] for line in lines if (each := _EXPORT.match(line))}
        self._known = {*self._objects}  # names in all of the script
        self.done: dict[str, str] = {}

    def put(self, name: str, way: tuple[str, ...]) -> None:
        """A module, behind those that it needs."""
        if name in self.done:
            return
        if name in way or name not in self._modules:
            why = "a circle" if name in way else "not there"
            raise BundleError(f"{' imports '.join((*way, name))}, which is {why}")
        needs: list[str] = []
        text = self._text_of(name, needs)
        for needed in needs:
            self.put(needed, (*way, name))
        self.done[name] = text

    def _text_of(self, name: str, needs: list[str]) -> str:
        exports: list[str] = []
        lines: list[str] = []
        for line, is_template in _bare_lines(name, self._modules[name]):
            translated = self._translated(name, line, needs, exports)
            lines.append(f"{translated}\n" if is_template else _tight(translated, is_bundled=True))
        exported = f"{{{','.join(exports)}}}"
        called = f" {name}" if name in self._objects else exported if exports else f" ${name}"
        if called is exported and self._stands_bare(name, exports):
            return _joined([*lines, "\n"])
        return _joined([f"let{called}=(()=>{{", *lines, f"return{exported};", "})();\n"])

    def _stands_bare(self, name: str, exports: list[str]) -> bool:
        """Whether no name of it is another's; what it has for all is known from now on, and else what it exports."""
        if twice := self._known.intersection(exports):
            raise BundleError(f"{name}.js exports {min(twice)}, as another one does")
        lines = (self._translated(name, line, [], []) for line in self._modules[name].splitlines())
        names = {
            each for line in lines if (found := _NAMED.match(line)) for each in _NAME.findall(found[1] or found[2])
        }
        is_bare = names.isdisjoint(self._known) and self._exported.isdisjoint(names.difference(exports))
        self._known.update(names if is_bare else exports)
        return is_bare

    def _translated(self, name: str, line: str, needs: list[str], exports: list[str]) -> str:
        """A line as it stands in a function; what it imports and exports is added to the others."""
        if found := _NAMES.fullmatch(line):
            needs.append(found[2])
            if found[2] not in self._objects:
                return ""
            if found[2] in found[1].split(", "):
                raise BundleError(f"{name}.js calls something of {found[2]}.js as that is called itself")
            return f"const {{{found[1]}}} = {found[2]};"
        if (found := _WHOLE.fullmatch(line)) and found[1] == found[2]:
            needs.append(found[2])
            return ""
        if found := _PASSED_ON.fullmatch(line):
            needs.append(found[2])
            exports.extend(f"{each}:{found[2]}.{each}" for each in found[1].split(", "))
            return ""
        if found := _EXPORT.match(line):
            exports.append(found[1])
            return line.removeprefix("export ")
        if line.startswith(("import ", "import{", "export ", "export{")):
            raise BundleError(f"{name}.js has {line!r}")
        return line


def _counted(text: str) -> str:
    """A module with its numbers where their names are."""
    numbers = {name: number.replace("_", "") for name, number in _NUMBER.findall(text)}
    return _PATH.sub(lambda name: numbers.get(name[0], name[0]), _NUMBER.sub("", text))


def _joined(lines: Iterable[str]) -> str:
    """One after the other, without a semicolon before a brace (that would be an empty statement), or a comma."""
    text = [""]
    is_let = False  # the one before, and all of it
    for line in lines:
        begins = _LET.match(line)
        if line.startswith(("}", "]", ")")):
            text[-1] = text[-1].removesuffix(";" if line.startswith("}") else "").removesuffix(",")
        if begins and is_let:
            text[-1] = text[-1].removesuffix(";") + ","
        text.append(line[begins.end() :] if begins and is_let else line)
        is_let = bool(begins) and line.endswith(";") and line.count("{") == line.count("}")
    return "".join(text)


def _bare_lines(name: str, text: str) -> Iterator[tuple[str, bool]]:
    """Without comments and indents, and whether they are of a template that spans lines.

    That is refused if it has what would be taken for one of these.
    """
    is_within = False
    for line in text.splitlines():
        bare = "" if line.lstrip().startswith("//") else _bare(line).lstrip()
        if is_within and bare != (line or None):
            raise BundleError(f"{name}.js has {line!r} within a template")
        is_end = _ESCAPED.sub("", bare).count("`") % 2 == 1
        yield bare, is_within or is_end
        is_within ^= is_end
    if is_within:
        raise BundleError(f"{name}.js has a template without an end")


def _bare(line: str) -> str:
    """Without the comment at its end; a quote in it may be the end of a text that holds what looks like one."""
    code, mark, comment = line.rpartition("  // ")
    return line if not mark or {*comment} & {*"\"'`"} else code


def _tight(line: str, *, is_bundled: bool = False) -> str:
    """Without its end and blanks that part nothing; behind what may be an expression, comment, template all stay."""
    tight, rest = "", line
    for place, part in enumerate(_TEXT.split(line)):  # each second one is a text
        obscure = None if place % 2 else _OBSCURE.search(part)
        code = part[: obscure.start()] if obscure else part
        rest = rest[len(code) :]
        if not place % 2:
            code = _LONG.sub(lambda name: _SHORT[name[0]], code) if is_bundled else code
            code = _IDLE.sub("", _CONST.sub("let ", code))
        tight += code
        if obscure:
            break
    line = tight + rest
    is_end = line == "}" or (line[-1:] in _GOES_ON and "//" not in line)  # a brace by itself ends no expression
    return line if is_end else f"{line}\n"
