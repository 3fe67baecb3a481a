// Which parts of the web platform the oldest browsers that the README names have, by MDN's browser-compat-data.

import {createRequire} from "node:module";

const data = createRequire(import.meta.url)("@mdn/browser-compat-data");

// The browsers of spring 2022. README.md says so too.
export const BASELINE = {chrome: 99, firefox: 98, safari: 15.4, safari_ios: 15.4};

// What is newer, and harmless: each has its way round on the page, or does nothing where it is missing.
const WITH_A_WAY_ROUND = new Set(["Notification", "requestPermission", "permission", "Segmenter", "segment", "containing", "wasDiscarded"]);
const PROGRESSIVE = new Set([
  "overflow-anchor", "overscroll-behavior", "scrollbar-width", "text-wrap", "resize", "cursor", "forced-colors",
]);
// http from another machine is no secure context. (The data knows of few of these.)
const FOR_SECURE_CONTEXTS = new Set([
  "randomUUID", "subtle", "clipboard", "serviceWorker", "locks", "caches", "credentials", "mediaDevices", "wakeLock", "cookieStore", "geolocation", "share", "getBattery",
]);

const NEWER = "is newer than the browsers of the baseline";
const parse = version => (typeof version === "string" ? Number(version.replace(/^[^\d]/, "")) : version === true ? 0 : Infinity);

function hasIt(support, oldest) {
  const plain = [support].flat().filter(each => !each.flags && !each.prefix && !each.alternative_name);
  return plain.some(each => parse(each.version_added) <= oldest && !(parse(each.version_removed) <= oldest));
}

const isOld = ({support}) => Object.entries(BASELINE).every(([browser, oldest]) => hasIt(support[browser] ?? {version_added: false}, oldest));

// Of each name of a property, method or global: whether any that is called so is old.
const names = new Map();

function collect(tree) {
  for (const [key, node] of Object.entries(tree)) {
    if (key === "__compat" || key.endsWith("_event") || !node.__compat) continue;
    const name = key.replace(/_static$/, "");
    names.set(name, names.get(name) || isOld(node.__compat));
    collect(node);
  }
}

collect(data.api);
collect(data.javascript.builtins);

// What is wrong with using a name, if anything; `object` is the global that it is asked of, where that is known.
export function wrongWithName(name, object) {
  if (WITH_A_WAY_ROUND.has(name)) return "";
  if (FOR_SECURE_CONTEXTS.has(name)) return `${name} is for secure contexts alone`;
  const [api, builtin] = [data.api[object], data.javascript.builtins[object]];
  const node = api?.[`${name}_static`] ?? builtin?.[`${name}_static`] ?? builtin?.[name];
  const isNew = node?.__compat ? !isOld(node.__compat) : names.get(name) === false;
  return isNew ? `${name} ${NEWER}` : "";
}

export function wrongWithPattern(source) {
  if (/\(\?<[=!]/.test(source)) return `lookbehind ${NEWER}`;
  return /\(\?[a-z-]+:/.test(source) ? `a modifier ${NEWER}` : "";
}

const {properties, selectors, types} = data.css;
const rules = data.css["at-rules"];
const {length} = types;
const UNITS = {
  dv: length.viewport_percentage_units_dynamic, sv: length.viewport_percentage_units_small, lv: length.viewport_percentage_units_large, cq: length.container_query_length_units,
};
const functions = new Map(Object.values(types).concat(types).flatMap(each => Object.entries(each)).filter(([, node]) => node.__compat));

const wrong = (what, node) => (node?.__compat && !isOld(node.__compat) ? `${what} ${NEWER}` : "");

export const css = {
  property: name => (PROGRESSIVE.has(name) || name.startsWith("-") ? "" : properties[name] ? wrong(name, properties[name]) : `there is no ${name}`),
  value: (name, value) => (PROGRESSIVE.has(name) ? "" : wrong(`${name}: ${value}`, properties[name]?.[value])),
  function: name => wrong(`${name}()`, functions.get(name)),
  unit: unit => wrong(unit, UNITS[unit.slice(0, 2)] ?? length[unit]),
  selector: name => wrong(name, selectors[name]),
  rule: name => wrong(`@${name}`, rules[name]),
  feature: name => (PROGRESSIVE.has(name) ? "" : wrong(`(${name})`, rules.media[name])),
};

const {elements, global_attributes: everywhere} = data.html;

export const html = {
  element: name => wrong(`<${name}>`, elements[name]),
  attribute: (element, name) => wrong(`${name}=`, elements[element]?.[name] ?? everywhere[name]),
};
