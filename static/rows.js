// What stands in the log: messages in groups, days, the line before what is new, what waits to be sent. A row's key stays
// the same as long as it is the same row.

const GROUP = 5 * 60_000;
const MARK_AFTER = 300;

export function rowsOf(entries, pending, {divider, now, dayOf}) {
  const rows = [];
  let day = "";
  let before = null;
  for (const entry of entries) {
    const today = dayOf(entry.time);
    if (today !== day) rows.push({key: `d${entry.key}`, kind: "day", time: entry.time});
    if (entry.key === divider) rows.push({key: "divider", kind: "divider"});
    const isGrouped = today === day && entry.key !== divider && belongs(before, entry);
    rows.push({key: entry.key, kind: entry.kind, entry, isGrouped, version: entry.version ?? 0});
    day = today;
    before = entry;
  }
  for (const sent of pending) {
    if (sent.heard) continue;
    const state = sent.failed ? "failed" : sent.seq || now - sent.at < MARK_AFTER ? "new" : "sending";
    rows.push({key: `p${sent.id}`, kind: "pending", entry: sent, isGrouped: false, version: state});
  }
  return rows;
}

function belongs(before, entry) {
  return before?.kind === "message" && entry.kind === "message" && before.from === entry.from
    && before.by === entry.by && before.via === entry.via && entry.time - before.time < GROUP;
}
