"""The page's modules as one script. That it does what they do is seen by every test of the page."""

import pytest

from gateway.web.bundle import BundleError, bundle

from ..tables import each_of

MODULES = {
    "main": """
import {count, Counter} from "./counter.js";
import * as screen from "./shown.js";
count(screen, new Counter());
""",
    "shown": """
const hidden = 1;
export const name = "shown";
export {Counter, count} from "./counter.js";
""",
    "counter": """
// What counts.
export async function count(...all) {
	// all of them

	return "export const all = 1;  // is none";  // at once
}
export class Counter {
	more = 2;
}
""",
    "unused": "nothing of this would run(",
}


def test_each_module_is_a_function_that_is_called_once_after_those_that_it_imports() -> None:
    assert (
        bundle(MODULES, "main")
        == """\
const $counter = (() => {
async function count(...all){
return "export const all = 1;  // is none";
}
class Counter{
more=2;
}
return {count, Counter};
})();
const $shown = (() => {
const hidden=1;
const name="shown";
return {name, Counter: $counter.Counter, count: $counter.count};
})();
const $main = (() => {
const {count, Counter} = $counter;
const screen = $shown;
count(screen,new Counter());
return {};
})();
"""
    )


@each_of(
    ("text", "problem"),
    [
        ('import {a} from "./main.js";', "main imports main, which is a circle"),
        ('import {a} from "./other.js";', "main imports other, which is not there"),
        ('import {a as b} from "./other.js";', r"main\.js has"),
        ('import a from "./other.js";', r"main\.js has"),
        ("import {a} from './other.js';", r"main\.js has"),
        ("import {", r"main\.js has"),
        ('import "./other.js";', r"main\.js has"),
        ('import{a} from "./other.js";', r"main\.js has"),
        ("export{a};", r"main\.js has"),
        ("export default 1;", r"main\.js has"),
        ("export {a};", r"main\.js has"),
        ("export const {a} = {};", r"main\.js has"),
        ("export let a = 1;", r"main\.js has"),
        ("const b = `one\n\ttwo`;", r"main\.js has '\\ttwo`;' within a template"),
        ("const b = `one\n// two`;", r"main\.js has '// two`;' within a template"),
        ("const b = `one\ntwo  // is two\n`;", r"main\.js has 'two  // is two' within a template"),
        ("const b = `one\n\ntwo`;", r"main\.js has '' within a template"),
        ("const b = /`/;", r"main\.js has a template without an end"),
    ],
)
def test_what_it_does_not_know_is_refused(text: str, problem: str) -> None:
    with pytest.raises(BundleError, match=problem):
        bundle({"main": f"const a = 1;\n{text}\n"}, "main")


def test_a_template_may_span_lines_that_stay_as_they_are_and_one_line_may_have_many() -> None:
    text = "const a = `one\ntwo  = 2`;\n\tconst b = `\\`${`b`}`;\n"
    assert "const a = `one\ntwo  = 2`;\nconst b = `\\`${`b`}`;\n" in bundle({"main": text}, "main")


@each_of(
    ("line", "tight"),
    [
        ("if (a in b) return [1, ...c].map(each => each + 1);", "if(a in b)return[1,...c].map(each=>each + 1);"),
        ("a = b + +c - -d + -e;", "a=b + +c - -d + -e;"),
        ('const a = "b = c" + "", $ = of;', 'const a="b = c"+"",$=of;'),
        (r'const a = "b \" + c";', r'const a = "b \" + c";'),
        ("const a = b  in c;", "const a = b  in c;"),
        ("const a = 'b + c';", "const a = 'b + c';"),
        ("const a = / b = /;", "const a = / b = /;"),
        ("const a = `b + c`;", "const a = `b + c`;"),
    ],
)
def test_blanks_that_part_nothing_stay_behind(line: str, tight: str) -> None:
    assert bundle({"main": f"\t{line}"}, "main").splitlines()[1] == tight
