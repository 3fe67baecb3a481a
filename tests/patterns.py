"""Regular expressions that some input makes slow, found without running them: `make lint`, and tests/test_patterns.py.

A pattern is read by Python's own parser and made an automaton of its characters' places. It costs more than its input's
length where two loops can share a stretch of it in many ways, and something behind the second one can then fail
(Weber and Seidl, 1991: infinite degree of ambiguity); and exponentially more where one loop can go round in two ways.
Searching is a loop of its own in front: it begins anew at each character.

No tool that is kept up does that for Python: regexploit (2021) skips bytes and finds neither of the two patterns that
stopped this server, redoctor does not know them, and recheck has JavaScript's grammar. Possessive repeats and atomic
groups give back nothing, which an automaton of places does not tell: the modules that have them are named in MEASURED,
and tests/test_growth.py measures how their cost grows.
"""

import ast
import importlib
import re
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from re import _constants as sre
from re import _parser
from typing import Any

import gateway

PACKAGE = Path(gateway.__file__).parent
STATIC = PACKAGE.parent / "static"

SEARCHES = {"search", "sub", "subn", "findall", "finditer", "split"}
METHODS = {*SEARCHES, "match", "fullmatch"}
MEASURED = (
    "gateway/text/controls.py",
    "gateway/text/lookalikes.py",
    "gateway/text/rows.py",
    "gateway/wires/editing.py",
    "gateway/wires/framing.py",
    "gateway/wires/telnet.py",
)
FEW = 100
"""Repeats that are bounded by less are no loops."""

_ANYTHING = (sre.NOT_LITERAL, -1)
_PROBES = "\0\t\n\r\x1c !\"#'(),-./059:;<=>?@AMZ[\\]^_`amz{|}~\x7f\x85\xa0ª½éŁſ\u0660\u2028中\ufffd𝔸"


class UnknownPatternError(ValueError):
    """Something that can't be judged here."""


# --- a pattern as an automaton ----------------------------------------------------------------------------------------


@dataclass
class _Node:
    """A point between characters. `ways` lead on without one; those that are False may be barred (`$`, `\\b`)."""

    ways: list[tuple["_Node", bool]] = field(default_factory=list)
    place: int | None = None  # of the character that comes here, if one does


class Automaton:
    """The places of a pattern's characters: what may stand at each, what follows it, and whether it may end there."""

    def __init__(self, pattern: str | bytes, flags: int = 0, *, searches: bool = False, whole: bool = False) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of brackets that another grammar means otherwise
            tree = _parser.parse(pattern, flags)
        self._flags = tree.state.flags | (re.ASCII if isinstance(pattern, bytes) else 0)
        self._probes = sorted({*map(ord, _PROBES), *_neighbours(tree)})
        self.characters: list[frozenset[int]] = []
        self._after: list[_Node] = []
        self._steps: dict[tuple[int, int, int], list[tuple[int, int, int]]] = {}
        start = _Node()
        if searches and not _is_anchored(tree):
            start = self._repeat([_ANYTHING], start, 0, sre.MAXREPEAT)
        end = self._sequence(tree, start)
        self.end = _Node()
        end.ways.append((self.end, True))
        self.follow: list[Counter[int]] = []
        self.may_end: list[bool] = []
        for characters, node in zip(self.characters, self._after, strict=True):
            followers, ends = self._reached(node)
            self.follow.append(followers)
            # Where all of the input has to match, only a loop that takes anything never ends too early.
            self.may_end.append(ends and (not whole or len(characters) == len(self._probes)))

    # Each of these goes on from a node, and returns the one where it ends.

    def _sequence(self, tree: Any, node: _Node) -> _Node:
        for operation, argument in tree:
            node = self._step(operation, argument, node)
        return node

    def _step(self, operation: Any, argument: Any, node: _Node) -> _Node:
        if operation in (sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY):
            return self._character(self._matching(operation, argument), node)
        if operation in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            return self._repeat(argument[2], node, argument[0], argument[1])
        if operation is sre.SUBPATTERN:
            _, added, removed, tree = argument
            flags, self._flags = self._flags, (self._flags | added) & ~removed
            end, self._flags = self._sequence(tree, node), flags
            return end
        if operation is sre.ATOMIC_GROUP:
            return self._sequence(argument, node)
        if operation is sre.BRANCH:
            end = _Node()
            for each in argument[1]:
                self._sequence(each, node).ways.append((end, True))
            return end
        if operation is sre.AT:
            end = _Node()
            node.ways.append((end, False))
            return end
        if operation in (sre.ASSERT, sre.ASSERT_NOT):
            return self._look(argument, node)
        raise UnknownPatternError(f"{operation} can't be judged")

    def _look(self, argument: Any, node: _Node) -> _Node:
        """Ahead: what is looked at may be read again by what follows. Back is of a fixed width."""
        end = _Node()
        node.ways.append((end, False))
        if argument[0] > 0:
            self._sequence(argument[1], node).ways.append((end, False))
        return end

    def _repeat(self, tree: Any, node: _Node, low: int, high: int) -> _Node:
        for _ in range(min(low, 2)):
            node = self._sequence(tree, node)
        if high > FEW:
            start, end = _Node(), _Node()
            node.ways.append((start, True))
            self._sequence(tree, start).ways.append((start, True))
            start.ways.append((end, True))
            return end
        for _ in range(min(high, 2) - min(low, 2)):
            after = self._sequence(tree, node)
            node.ways.append((after, True))
            node = after
        return node

    def _character(self, characters: frozenset[int], node: _Node) -> _Node:
        place, after = _Node(place=len(self.characters)), _Node()
        self.characters.append(characters)
        self._after.append(after)
        node.ways.append((place, True))
        return after

    def _reached(self, start: _Node) -> tuple[Counter[int], bool]:
        """The places that come next, by how many ways; and whether the end can be come to, whatever comes next."""
        found: Counter[int] = Counter()
        ends = False
        stack: list[tuple[_Node, bool, frozenset[tuple[int, int]]]] = [(start, True, frozenset())]
        while stack:
            node, free, gone = stack.pop()
            if node.place is not None:
                found[node.place] += 1
            ends |= node is self.end and free
            for number, (after, is_free) in enumerate(node.ways):
                way = id(node), number
                if way not in gone:
                    stack.append((after, free and is_free, gone | {way}))
        return found, ends

    def steps(self, places: tuple[int, int, int]) -> list[tuple[int, int, int]]:
        """Where three readers of the same characters can be after the next one."""
        if places not in self._steps:
            one, two, three = (self.follow[place] for place in places)
            self._steps[places] = [
                (first, second, third)
                for first, second in product(one, two)
                if (both := self.characters[first] & self.characters[second])
                for third in three
                if both & self.characters[third]
            ]
        return self._steps[places]

    # --- characters ---

    def _matching(self, operation: Any, argument: Any) -> frozenset[int]:
        return frozenset(probe for probe in self._probes if self._matches(operation, argument, probe))

    def _matches(self, operation: Any, argument: Any, probe: int) -> bool:
        if operation is sre.ANY:
            return bool(self._flags & re.DOTALL) or probe != 0x0A
        if operation is sre.NOT_LITERAL:
            return not self._matches(sre.LITERAL, argument, probe)
        if operation is sre.IN:
            items = argument[1:] if argument[0][0] is sre.NEGATE else argument
            return (items is not argument) ^ any(self._matches(each, value, probe) for each, value in items)
        if operation is sre.RANGE:
            return any(argument[0] <= each <= argument[1] for each in self._cases(probe))
        if operation is sre.CATEGORY:
            return _is_of(argument, probe, self._flags & re.ASCII)
        return argument in self._cases(probe)

    def _cases(self, probe: int) -> set[int]:
        if not self._flags & re.IGNORECASE:
            return {probe}
        both = chr(probe).lower(), chr(probe).upper()
        return {probe, *(ord(each) for each in both if len(each) == 1)}


def _is_of(category: Any, probe: int, flags: int) -> bool:
    name = str(category).rpartition("_")[2]
    letter = {"DIGIT": "d", "SPACE": "s", "WORD": "w"}[name]
    negated = "_NOT_" in str(category)
    return (re.fullmatch(f"\\{letter}", chr(probe), flags) is not None) is not negated


def _neighbours(tree: Any) -> Iterator[int]:
    """The characters that a pattern names, and those beside them: no two others differ for it."""
    if isinstance(tree, int):
        yield from (each for each in (tree - 1, tree, tree + 1) if 0 <= each < 0x110000)
    elif isinstance(tree, Sequence) or hasattr(tree, "data"):
        for each in tree:
            yield from _neighbours(each)


def _is_anchored(tree: Any) -> bool:
    operation, argument = tree[0] if len(tree) else (None, None)
    return operation is sre.AT and argument in (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING)


# --- the judgement ----------------------------------------------------------------------------------------------------


def fault_of(pattern: str | bytes, flags: int = 0, *, searches: bool = False, whole: bool = False) -> str | None:
    """What makes a pattern slow. `searches`: it may begin anywhere; `whole`: it has to end where the input does."""
    automaton = Automaton(pattern, flags, searches=searches, whole=whole)
    for place in range(len(automaton.characters)):
        if _goes_round_twice(automaton, place):
            return "a loop can go round in two ways"
    loops = [place for place in range(len(automaton.characters)) if _reaches(automaton, place, place)]
    for first, second in product(loops, loops):
        if first == second or automaton.may_end[second] or not _reaches(automaton, first, second):
            continue
        if _share(automaton, first, second):
            return "two loops can share what they match in many ways, and something behind them can fail"
    return None


def _reaches(automaton: Automaton, start: int, end: int) -> bool:
    seen: set[int] = set()
    stack = [*automaton.follow[start]]
    while stack:
        place = stack.pop()
        if place == end:
            return True
        if place not in seen:
            seen.add(place)
            stack += automaton.follow[place]
    return False


def _goes_round_twice(automaton: Automaton, place: int) -> bool:
    """Whether two ways lead from a place back to it over the same characters."""
    seen: set[tuple[int, int, bool]] = set()
    stack = [(place, place, False)]
    while stack:
        one, other, differ = stack.pop()
        for (left, ways), right in product(automaton.follow[one].items(), automaton.follow[other]):
            if not automaton.characters[left] & automaton.characters[right]:
                continue
            after = (left, right, differ or left != right or (one == other and ways > 1))
            if after == (place, place, True):
                return True
            if after not in seen:
                seen.add(after)
                stack.append(after)
    return False


def _share(automaton: Automaton, first: int, second: int) -> bool:
    """Whether some characters lead from the first to itself, from the first to the second, and round the second."""
    seen: set[tuple[int, int, int]] = set()
    stack = [(first, first, second)]
    while stack:
        for after in automaton.steps(stack.pop()):
            if after in seen:
                continue
            if after == (first, second, second):
                return True
            seen.add(after)
            stack.append(after)
    return False


# --- where patterns are -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """A pattern in a file, and how it is used."""

    where: str
    pattern: str | bytes
    flags: int
    methods: frozenset[str]

    @property
    def fault(self) -> str | None:
        """What makes it slow in one of these uses."""
        if self.gives_nothing_back:
            return None if self.where.partition(":")[0] in MEASURED else "its cost is not measured: see MEASURED"
        try:
            for method in self.methods:
                is_search, is_whole = method in SEARCHES, method == "fullmatch"
                if fault := fault_of(self.pattern, self.flags, searches=is_search, whole=is_whole):
                    return fault
        except UnknownPatternError as error:
            return str(error)
        return None

    @property
    def gives_nothing_back(self) -> bool:
        """Whether it has possessive repeats or atomic groups."""
        return bool(
            {sre.POSSESSIVE_REPEAT, sre.ATOMIC_GROUP} & set(_operations(_parser.parse(self.pattern, self.flags)))
        )


def _operations(tree: Any) -> Iterator[Any]:
    if hasattr(tree, "data") or isinstance(tree, list | tuple):
        for each in tree:
            yield from _operations(each)
    elif tree in (sre.POSSESSIVE_REPEAT, sre.ATOMIC_GROUP):
        yield tree


def patterns_of_python() -> Iterator[Found]:
    """Every one of the package. Raises UnknownPatternError for one that is not a constant of its module."""
    for file in sorted(PACKAGE.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if "re." not in text:
            continue
        tree = ast.parse(text)
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_of_re(node.func)]
        if not calls:
            continue
        name = ".".join(["gateway", *file.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__")
        module = importlib.import_module(name)
        for call in calls:
            yield _found(call, tree, vars(module), f"{file.relative_to(PACKAGE.parent)}:{call.lineno}")


def _is_of_re(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "re"
        and function.attr in {*METHODS, "compile"}
    )


def _found(call: ast.Call, tree: ast.Module, names: dict[str, Any], where: str) -> Found:
    assert isinstance(call.func, ast.Attribute)
    method = call.func.attr
    more = call.args[1:2] if method == "compile" else []
    more += [keyword.value for keyword in call.keywords if keyword.arg == "flags"]
    try:
        pattern, *flags = (eval(compile(ast.Expression(each), where, "eval"), names) for each in (call.args[0], *more))
    except NameError as error:
        raise UnknownPatternError(f"{where}: a pattern must be a constant of its module: {error}") from error
    methods = _methods_of(call, tree) if method == "compile" else frozenset({method})
    return Found(where, pattern, int(*flags), methods)


def _methods_of(call: ast.Call, tree: ast.Module) -> frozenset[str]:
    """How a compiled pattern is used: by the name that it is given; in all ways if it has none."""
    names = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and node.value is call
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names
    }
    return frozenset(used & METHODS or METHODS)


_LITERAL = re.compile(r"(?:[=(,:?&|!;]|return) ?/(?![/*])((?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)/([a-z]*)")


def patterns_of_javascript() -> Iterator[Found]:
    """Every literal of the page, in Python's grammar: nearly the same; a property is taken for `\\w`."""
    for file in sorted(STATIC.glob("*.js")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            for literal in _LITERAL.finditer(line):
                pattern = re.sub(r"\\p\{[A-Za-z_=]+\}", r"\\w", literal[1]).replace(r"\/", "/")
                flags = re.IGNORECASE if "i" in literal[2] else 0
                where = f"static/{file.name}:{number}"
                yield Found(where, pattern, flags, frozenset({"search"}))


def main() -> list[str]:
    """What is slow among ours, and what MEASURED names in vain."""
    of_python, of_javascript = [*patterns_of_python()], [*patterns_of_javascript()]
    assert len(of_python) > 20, "most of the patterns were not found"
    assert len(of_javascript) > 5, "most of the page's patterns were not found"
    known = {found.where.partition(":")[0] for found in of_python if found.gives_nothing_back}
    vain = [f"{module}: MEASURED names it, and all of its patterns can be judged" for module in {*MEASURED} - known]
    slow = [f"{found.where}: {found.pattern!r}: {found.fault}" for found in of_python + of_javascript if found.fault]
    return slow + vain


if __name__ == "__main__":
    sys.exit("\n".join(main()) or None)
