// Lints the page: make lint. Each name, pattern, property and element that the page uses must be in the browsers of the
// baseline, or have a way round; and ESLint's own rules hold.

import {readFileSync, readdirSync} from "node:fs";
import {basename, join} from "node:path";

import js from "@eslint/js";
import * as csstree from "css-tree";
import {Linter} from "eslint";
import globals from "globals";

import {css, html, wrongWithName, wrongWithPattern} from "./baseline.js";
import {BAD, GOOD} from "./cases.js";

// What the page's own objects call theirs.
const own = new Set();
const noteOwn = {
  create: () => ({
    "MethodDefinition, PropertyDefinition, Property"({key}) { own.add(key.name); },
    "AssignmentExpression > MemberExpression.left"({property}) { own.add(property.name); },
  }),
};

const baseline = {
  create(context) {
    const report = (node, message) => { if (message) context.report({node, message}); };
    return {
      MemberExpression({object, property, computed}) {
        if (!computed && !own.has(property.name)) report(property, wrongWithName(property.name, object.name));
      },
      Literal(node) {
        if (node.regex) report(node, wrongWithPattern(node.regex.pattern));
        else if (typeof node.value === "string" && isPattern(node)) report(node, wrongWithPattern(node.value));
      },
      TemplateElement(node) {
        if (isPattern(node.parent)) report(node, wrongWithPattern(node.value.raw));
      },
      StaticBlock: node => report(node, "static blocks are newer than the browsers of the baseline"),
      "Program:exit"() {
        for (const {identifier} of context.sourceCode.scopeManager.globalScope.through) report(identifier, wrongWithName(identifier.name));
        for (const variable of context.sourceCode.scopeManager.globalScope.variables) {
          for (const {identifier} of variable.defs.length ? [] : variable.references) report(identifier, wrongWithName(identifier.name));
        }
      },
    };
  },
};
const isPattern = ({parent}) => parent?.type === "NewExpression" && parent.callee.name === "RegExp";

const common = {
  languageOptions: {ecmaVersion: 2022, sourceType: "module", globals: globals.browser},
  linterOptions: {reportUnusedDisableDirectives: "error"},
};
const rules = {...js.configs.recommended.rules, eqeqeq: "error", "no-var": "error", "prefer-const": "error", "no-shadow": "error"};
const PAGE = {...common, plugins: {page: {rules: {baseline}}}, rules: {...rules, "page/baseline": "error"}};
const CASES = {...common, rules: {...js.configs.recommended.rules, "no-empty": "off"}};

function ofScript(text, config = PAGE) {
  return new Linter().verify(text, config).map(({line, message}) => `${line}: ${message}`);
}

function ofStyle(text) {
  const found = [];
  const report = (node, message) => { if (message) found.push(`${node.loc.start.line}: ${message}`); };
  const tree = csstree.parse(text, {positions: true, parseCustomProperty: true, onParseError: error => found.push(`${error.line}: ${error.message}`)});
  let before = [];
  csstree.walk(tree, function (node) {
    if (this.atrule?.name === "supports") return;
    if (node.type === "Block") before = [];
    if (node.type === "Atrule") report(node, css.rule(node.name));
    if (node.type === "Feature") report(node, css.feature(node.name));
    if (node.type === "NestingSelector") report(node, css.selector("nesting"));
    if (node.type === "PseudoClassSelector" || node.type === "PseudoElementSelector") report(node, css.selector(node.name));
    // What an older browser does not know it passes over: it takes what stands before that.
    const isSecond = this.declaration && before.filter(each => each === this.declaration.property).length > 1;
    if (node.type === "Declaration") before.push(node.property);
    if (node.type === "Declaration" && !node.property.startsWith("--")) report(node, css.property(node.property));
    if (isSecond) return;
    if (node.type === "Identifier" && this.declaration) report(node, css.value(this.declaration.property, node.name));
    if (node.type === "Function" && this.declaration) report(node, css.function(node.name));
    if (node.type === "Dimension") report(node, css.unit(node.unit));
  });
  return found;
}

function ofMarkup(text) {
  const found = [];
  for (const [, element, attributes] of text.matchAll(/<([a-z][a-z0-9]*)([^>]*)>/g)) {
    found.push(html.element(element));
    for (const [, name] of attributes.matchAll(/\s([a-z-]+)(?==|\s|$)/g)) found.push(html.attribute(element, name));
  }
  return found.filter(Boolean);
}

const LINTERS = {js: ofScript, css: ofStyle, html: ofMarkup};
const linterOf = name => LINTERS[name.split(".").pop()] ?? (() => []);

// That it finds anything at all.
const failed = [];
for (const [kind, texts] of Object.entries(BAD)) {
  for (const text of texts) if (!LINTERS[kind](text).length) failed.push(`it does not find what is wrong with: ${text}`);
}
for (const [kind, texts] of Object.entries(GOOD)) {
  for (const text of texts) failed.push(...LINTERS[kind](text).map(each => `it finds in ${text}: ${each}`));
}

const [page, cases] = process.argv.slice(2);
const collecting = {...common, plugins: {page: {rules: {own: noteOwn}}}, rules: {"page/own": "error"}};
for (const name of readdirSync(page)) if (name.endsWith(".js")) ofScript(readFileSync(join(page, name), "utf8"), collecting);
for (const name of readdirSync(page)) {
  failed.push(...linterOf(name)(readFileSync(join(page, name), "utf8")).map(each => `static/${name}:${each}`));
}
for (const name of readdirSync(cases).filter(each => each.endsWith(".js"))) {
  failed.push(...ofScript(readFileSync(join(cases, name), "utf8"), CASES).map(each => `${basename(cases)}/${name}:${each}`));
}
for (const each of failed) console.log(each);
console.log(failed.length ? `${failed.length} things are wrong with the page` : "The page uses nothing newer than its baseline.");
process.exitCode = failed.length ? 1 : 0;
