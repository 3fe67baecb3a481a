// What is told of who came, left and was renamed since something was said: what came to nothing is not.

const KEPT = 100;  // names; of more the number

export const nothing = () => ({came: [], left: [], renamed: [], excess: 0});

export const isNothing = ({came, left, renamed, excess}) => !(came.length || left.length || renamed.length || excess);

// Adds names, pairs {from, to}, and how many without a name came more than left (left, below zero).
export function add(told, {came = [], left = [], renamed = [], excess = 0}) {
  for (const {from, to} of renamed) {
    const before = told.renamed.find(each => each.to === from);
    if (take(told.came, from)) told.came.push(to);
    else if (before) before.to = to;
    else told.renamed.push({from, to});
  }
  told.renamed = told.renamed.filter(({from, to}) => from !== to).slice(-KEPT);
  told.came.push(...came.filter(name => !take(told.left, name)));
  told.left.push(...left.filter(name => !take(told.came, name)));
  told.excess += excess + told.came.splice(KEPT).length - told.left.splice(KEPT).length;
}

function take(names, name) {
  const place = names.indexOf(name);
  return place >= 0 && names.splice(place, 1);
}
