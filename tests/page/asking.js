// When who is here is asked for again.

import {doubting} from "../asking.js";
import {equal} from "./check.js";

function make(random = 0.5) {
  const waits = [];
  const world = {random: () => random, after: (milliseconds, act) => waits.push({milliseconds, act})};
  let asked = 0;
  const doubt = doubting(() => asked++, world);
  return {doubt, waits, asked: () => asked};
}

const waited = (members, isOperator, random) => {
  const {doubt, waits} = make(random);
  doubt(members, isOperator);
  return waits[0].milliseconds;
};

export const cases = {
  "once for all that puts it in doubt until then, and then again"() {
    const {doubt, waits, asked} = make();
    for (let count = 0; count < 3; count++) doubt(10, false);
    equal([waits.length, asked()], [1, 0]);
    waits[0].act();
    equal(asked(), 1);
    doubt(10, false);
    equal([waits.length, asked()], [2, 1]);
  },
  "some 20 seconds later, each page at its own time, operators after some five"() {
    equal([0, 0.5, 1].map(random => waited(10, false, random)), [10_000, 20_000, 30_000]);
    equal([0, 0.5, 1].map(random => waited(10, true, random)), [2_500, 5_000, 7_500]);
  },
  "the more are here the later: all pages together ask some 50 times a second"() {
    equal([1_000, 19_000].map(members => waited(members, false, 0.5)), [20_000, 380_000]);
    equal(waited(19_000, true, 0.5), 5_000);
  },
};
