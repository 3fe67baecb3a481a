// The banner: when it is there, and when it is not.

import {tell} from "../banner.js";
import {translate} from "../i18n.js";
import {equal} from "./check.js";

translate("en", "system");  // the page's own modules are others: it has them in one script

const {classList} = document.getElementById("banner");
const shown = (phase, more) => {
  tell({phase, since: 0, wasIn: true, ...more});
  return [document.getElementById("banner").hidden, classList.contains("late")];
};

export const cases = {
  "what mends itself within a second is no news, and all that lasts is told until it is over"() {
    equal(["lost", "connecting", "in"].map(phase => shown(phase)[0]), [false, false, true]);
    shown("lost");
    const {animationDelay} = getComputedStyle(document.getElementById("banner"));
    const started = document.getAnimations().map(each => each.startTime);
    for (const phase of ["connecting", "lost"]) equal(shown(phase), [false, true]);  // each try begins nothing anew
    equal([animationDelay, document.getAnimations().map(each => each.startTime)], ["1s", started]);
    tell({phase: "in"});
  },
  "what has a reason is told at once"() {
    equal(shown("refused", {reason: "kicked"}), [false, false]);
    equal(shown("lost", {trouble: {kind: "login"}}), [false, false]);
    tell({phase: "in"});
  },
};
