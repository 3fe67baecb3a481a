// The banner: when it is there, and when it is not.

import {Banner} from "../banner.js";
import {equal} from "./check.js";
import {translate} from "../i18n.js";

// A page of which every element is one like any other, and a clock that goes when it is told to.
function make() {
  translate();
  const elements = {};
  const $ = id => elements[id] ??= Object.assign(document.createElement("button"), {hidden: true});
  const clock = {now: 5000};
  const {performance: real} = window;
  Object.defineProperty(window, "performance", {value: {now: () => clock.now}, configurable: true});
  const restore = () => Object.defineProperty(window, "performance", {value: real, configurable: true});
  const banner = new Banner({$, open() {}});
  return {clock, restore, show: (phase, more) => banner.show({phase, since: 0, wasIn: true, ...more}), isThere: () => !$("banner").hidden, done() {
    clearTimeout(banner.timer);
    restore();
  }};
}

export const cases = {
  "what mends itself within a second is no news, and all that lasts is told until it is over"() {
    const {clock, show, isThere, done} = make();
    try {
      show("lost");
      equal(isThere(), false);
      clock.now += 1200;
      for (const phase of ["connecting", "lost", "connecting", "lost"]) {  // each try begins nothing anew
        show(phase);
        equal(isThere(), true);
        clock.now += 100;
      }
      show("in");
      equal(isThere(), false);
      show("lost");
      equal(isThere(), false);
    } finally { done(); }
  },

  "what has a reason is told at once"() {
    const {show, isThere, done} = make();
    try {
      show("refused", {reason: "kicked"});
      equal(isThere(), true);
    } finally { done(); }
  },
};
