// Who came, left and was renamed: what came to nothing is not told.

const KEPT = 100;  // names; of more the number

export const nothing = () => ({came: [], left: [], renamed: [], excess: 0});

export const isNothing = ({came, left, renamed, excess}) => !(came.length || left.length || renamed.length || excess);

// Of those that an event does not name the number of members tells.
export function changeOf({members, joined, left, more, renamed = []}, before, isMe) {
	const unless = (people, end) => people.filter(each => !isMe(each) && !renamed.some(other => other[end] === each.name)).map(({name}) => name);
	return {
		came: unless(joined, "to"),
		left: unless(left, "from"),
		renamed: renamed.filter(({to}) => !isMe(joined.find(({name}) => name === to) ?? {name: to})),
		excess: more ? members - before - (joined.length - left.length) : 0,
	};
}

// `excess`: how many without a name came more than left.
export function add(told, {came, left, renamed, excess}) {
	for (const {from, to} of renamed) {
		const before = told.renamed.find(each => each.to === from);
		if (takenOut(told.came, from)) told.came.push(to);
		else if (before) before.to = to;
		else told.renamed.push({from, to});
	}
	told.renamed = told.renamed.filter(({from, to}) => from !== to).slice(-KEPT);
	told.came.push(...came.filter(name => !takenOut(told.left, name)));
	told.left.push(...left.filter(name => !takenOut(told.came, name)));
	told.excess += excess + told.came.splice(KEPT).length - told.left.splice(KEPT).length;
}

function takenOut(names, name) {
	const place = names.indexOf(name);
	return place >= 0 && names.splice(place, 1);
}
