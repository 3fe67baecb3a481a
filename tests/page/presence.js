// Who came, left and was renamed: what came to nothing is not told.

import {add, isNothing, nothing} from "../presence.js";
import {equal, ok} from "./check.js";

function told(...events) {
  const entry = nothing();
  for (const event of events) add(entry, {...nothing(), ...event});
  return entry;
}

const some = ({came, left, renamed}) => [came, left, renamed.map(({from, to}) => `${from} > ${to}`)];

export const cases = {
  "who comes and leaves, or leaves and comes back, is not told of"() {
    ok(isNothing(told({came: ["bob"]}, {left: ["bob"]})));
    ok(isNothing(told({left: ["bob"]}, {came: ["bob"]})));
    equal(some(told({came: ["bob", "cid"]}, {left: ["bob", "dan"]})), [["cid"], ["dan"], []]);
  },
  "renames in a row are one, there and back none; who has just come came under the new name"() {
    equal(some(told({renamed: [{from: "a", to: "b"}]}, {renamed: [{from: "b", to: "c"}]})), [[], [], ["a > c"]]);
    ok(isNothing(told({renamed: [{from: "a", to: "b"}]}, {renamed: [{from: "b", to: "a"}]})));
    equal(some(told({came: ["guest-x"]}, {renamed: [{from: "guest-x", to: "Bob"}]})), [["Bob"], [], []]);
  },
  "of those without a name the number is told, of many names too"() {
    equal(told({excess: 5}, {excess: -2}).excess, 3);
    const many = told({came: Array.from({length: 300}, (_, index) => `p${index}`)});
    equal([many.came.length, many.excess], [100, 200]);
  },
};
