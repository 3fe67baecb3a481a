// What is told of who came, left and was renamed since something was said: what came to nothing is not.

const KEPT = 100;  // names; of more the number

export const nothing = () => ({came: [], left: [], renamed: [], cameMore: 0, leftMore: 0});

export const isNothing = ({came, left, renamed, cameMore, leftMore}) => !(came.length + left.length + renamed.length + cameMore + leftMore);

// Adds the names of who came and left, pairs {from, to}, and how many more came than left (or left, below zero).
export function add(told, {came = [], left = [], renamed = [], excess = 0}) {
  for (const {from, to} of renamed) {
    const before = told.renamed.find(each => each.to === from);
    if (take(told.came, from)) told.came.push(to);
    else if (before) before.to = to;
    else if (told.renamed.length < KEPT) told.renamed.push({from, to});
  }
  told.renamed = told.renamed.filter(({from, to}) => from !== to);
  for (const name of came) if (!take(told.left, name) && told.came.push(name) > KEPT) told.cameMore++;
  for (const name of left) if (!take(told.came, name) && told.left.push(name) > KEPT) told.leftMore++;
  told.came.length = Math.min(told.came.length, KEPT);
  told.left.length = Math.min(told.left.length, KEPT);
  const net = told.cameMore - told.leftMore + excess;
  Object.assign(told, {cameMore: Math.max(0, net), leftMore: Math.max(0, -net)});
}

function take(names, name) {
  const place = names.indexOf(name);
  return place >= 0 && names.splice(place, 1);
}
