"""The page's modules as one script. That it does what they do is seen by every test of the page."""

import pytest

from gateway.web.bundle import BundleError, bundle, tightened

from ..tables import each_of

MODULES = {
    "main": """
import {count, Counter} from "./counter.js";
import * as shown from "./shown.js";
count(shown, new Counter());
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


def test_a_module_is_a_function_that_is_called_once_after_those_that_it_imports() -> None:
    assert (
        bundle(MODULES, "main")
        == """\
let counter=(()=>{async function count(...all){return"export const all = 1;  // is none";
}class Counter{more=2}return{count,Counter}})();
let shown=(()=>{let hidden=1,name="shown";return{name,Counter:counter.Counter,count:counter.count}})();
let $main=(()=>{let{count,Counter}=counter;count(shown,new Counter());return{}})();
"""
    )


@each_of(
    ("text", "problem"),
    [
        ('import {a} from "./main.js";', "main imports main, which is a circle"),
        ('import {a} from "./other.js";', "main imports other, which is not there"),
        ('import * as another from "./other.js";', r"main\.js has"),
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
    assert "{const a = `one\ntwo  = 2`;\nlet b=`\\`${`b`}`;return" in bundle({"main": text}, "main")


@each_of(
    ("line", "tight"),
    [
        ("if (a in b) return [1, ...c].map(each => each + 1);", "if(a in b)return[1,...c].map(each=>each+1);"),
        ("a = b + +c - -d + -e;", "a=b+ +c- -d+ -e;"),
        ('const a = "b = c" + "", $ = of;', 'let a="b = c"+"",$=of;'),
        (r'const a = "b \" + c";', r'let a="b \" + c";'),
        ("const a = b  in c;", "let a=b  in c;"),
        ("const a = 'const b + c';", "let a='const b + c';"),
        ('const a = "/ \'";', 'let a="/ \'";'),
        (
            "for (const [a, b] of c) for (const {d} of c) for (const e of c);",
            "for(let[a,b]of c)for(let{d}of c)for(let e of c);",
        ),
        ("a.const = b.constant;", "a.const=b.constant;"),
        ("return true;", "return!0;"),
        (
            "const [a, b = false] = [c === true, a.true, $true, trues, {true: 1}];",
            "let[a,b=!1]=[c===!0,a.true,$true,trues,{true:1}];",
        ),
        ('const a = "true" + (undefined ?? Infinity);', 'let a="true"+(void 0??1/0);'),
        ('a = 1;  // is "b";', 'a=1;  // is "b";\n'),
        ("a = () => {}", "a=()=>{}\n"),
        ("const a = b + / b = / + c;", "let a=b+/ b = / + c;"),
        ('const a = `b + ${c + d} = "`;', 'let a=`b + ${c + d} = "`;'),
        ("const a = `b + ${c + `d = e`}`;", "let a=`b + ${c + `d = e`}`;"),
    ],
)
def test_blanks_that_part_nothing_stay_behind(line: str, tight: str) -> None:
    assert bundle({"main": f"\t{line}"}, "main") == f"let $main=(()=>{{{tight}return{{}}}})();\n"


def test_what_is_named_often_has_a_shorter_name_in_all_of_the_script() -> None:
    modules = {
        "main": 'import {a} from "./other.js";\nconst b = a ? document.b : undefined;\nObject.assign(b, {true: true});',
        "other": 'export const a = [false, a.document.b, "document.a", document, $Object.is, `true`];',
    }
    assert bundle(modules, "main") == (
        'let $a=Object.assign,$d=document;let a=[!1,a.document.b,"document.a",$d,$Object.is,`true`];\n'
        "let $main=(()=>{let b=a?$d.b:void 0;$a(b,{true:!0});return{}})();\n"
    )
    assert tightened("main", "document.a = true;") == "document.a=true;"


def test_a_number_stands_where_its_name_is_used() -> None:
    text = "const MOST = 1_000;  // of them\nconst LEAST = 2 * MOST;\nexport const a = b.MOST ? `${MOST}` : LEAST;"
    assert bundle({"main": text}, "main") == "let LEAST=2*1000,a=b.MOST?`${1000}`:LEAST;\n"


@each_of(
    ("lines", "tight"),
    [
        ("const a = 1;\nlet b = a;\nconst {c} = b;\nc();", "let a=1,b=a,{c}=b;c();"),
        ("const a = () => {\n\tlet b;\n\tlet c;\n};\nconst d = 1;", "let a=()=>{let b,c};let d=1;"),
        ("const a = () => { b();\nlet c; };", "let a=()=>{b();let c;};"),
        ("const a = {\n\tb,\n\tc: [\n\t\t1,\n\t],\n};\nd(\n\ta,\n);", "let a={b,c:[1]};d(a);"),
        ('let a;\nletBe();\nlet b;  // of "c";\nlet d;', 'let a;letBe();let b;  // of "c";\nlet d;'),
        ("const a = `\nlet b;\nlet c`;\nlet d;", "const a = `\nlet b;\nlet c`;\nlet d;"),
    ],
)
def test_what_is_named_one_after_the_other_is_so_by_one_let(lines: str, tight: str) -> None:
    assert tightened("main", lines) == tight


def test_what_is_imported_by_its_name_alone_is_called_so_everywhere_and_only_once() -> None:
    modules = {
        "main": 'import {a} from "./one.js";\nimport {b} from "./two.js";\na(b);',
        "one": "export const a = each => each;",
        "two": 'import {a} from "./one.js";\nexport const b = a(1);',
    }
    assert bundle(modules, "main") == "let a=each=>each;\nlet b=a(1);\nlet $main=(()=>{a(b);return{}})();\n"
    with pytest.raises(BundleError, match=r"two\.js exports b, as another one does"):
        bundle(modules | {"one": "export const a = 1;\nexport const b = 2;"}, "main")


def test_a_module_that_is_imported_as_a_whole_is_called_so_everywhere() -> None:
    modules = {
        "main": 'import * as one from "./one.js";\nimport {two} from "./two.js";\none.a(two);',
        "one": "export const a = 1;",
        "two": 'import * as one from "./one.js";\nexport const two = one.a;',
    }
    assert bundle(modules, "main") == (
        "let one=(()=>{let a=1;return{a}})();\nlet two=one.a;\nlet $main=(()=>{one.a(two);return{}})();\n"
    )
    assert "let{two}=(()=>{let one=2,two=one;" in bundle(
        modules | {"two": "const one = 2;\nexport const two = one;"}, "main"
    )
    with pytest.raises(BundleError, match=r"two\.js exports one, as another one does"):
        bundle(modules | {"two": "export const two = 1;\nexport const one = 2;"}, "main")
    with pytest.raises(BundleError, match=r"two\.js calls something of one\.js as that is called itself"):
        bundle(modules | {"one": "export const one = 1;", "two": 'import {one} from "./one.js";'}, "main")


@each_of(
    "named",
    [
        "const own = 1;",
        "let c, own;",
        "let c, own = 1;",
        "const [c, own] = [];",
        "const {c, own} = {};",
        "function own() {}",
        "async function own() {}",
        "class own {}",
        "const b = 1;",
        'import {own} from "./seen.js";',
    ],
)
def test_a_module_that_has_another_ones_name_for_itself_is_a_function(named: str) -> None:
    modules = {
        "main": """
import * as seen from "./seen.js";
import {a} from "./one.js";
import {d} from "./not.js";
import {b} from "./two.js";
""",
        "seen": "export const own = 1;",
        "one": "const own = 0;\nexport const a = 1;",
        "not": f"{named}\nexport const d = () => own;",
        "two": "\tconst own = 2;\nexport const b = 1;",
    }
    script = bundle(modules, "main")
    assert "\nlet own=2,b=1;\n" in script  # within something else
    assert "let{d}=(()=>{" in script


def test_a_script_by_itself_stays_one() -> None:
    assert tightened("first", "// At once.\n\tfirst ( );\n\tsecond = `a\nb`;\n") == "first();second = `a\nb`;\n"
