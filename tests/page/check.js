// The few assertions that the cases need.

export function equal(actual, wanted) {
  const [a, b] = [actual, wanted].map(value => JSON.stringify(value));
  if (a !== b) throw new Error(`${a} is not ${b}`);
}

export function ok(value, text = "it is not so") {
  if (!value) throw new Error(text);
}

// Whether it takes so long at most, once in ten times: what others do on this machine is no fault of ours.
export function quick(milliseconds, what, act) {
  let quickest = Infinity;
  for (let left = 10; left && quickest >= milliseconds; left--) {
    const start = performance.now();
    act();
    quickest = Math.min(quickest, performance.now() - start);
  }
  ok(quickest < milliseconds, `${quickest} ms for ${JSON.stringify(what.slice(0, 60))}`);
}
