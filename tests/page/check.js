// The few assertions that the cases need.

export function equal(actual, wanted) {
  const [a, b] = [actual, wanted].map(value => JSON.stringify(value));
  if (a !== b) throw new Error(`${a} is not ${b}`);
}

export function ok(value, text = "it is not so") {
  if (!value) throw new Error(text);
}
