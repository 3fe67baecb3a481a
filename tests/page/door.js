// What the door's answer means for who can't come in.

import {troubleOf} from "../door.js";
import {LANGUAGES, t, translate} from "../i18n.js";
import {equal, ok} from "./check.js";

const kind = (status, text = "", type = "basic") => troubleOf({status, type}, text).kind;

export const cases = {
  "each answer has its meaning"() {
    const table = [[400, "A request has a Host.", "answered"], [401, "", "login"], [403, "Pages of that origin may not come in; see --origin.", "wrongOrigin"], [403, "", "proxy"], [404, "", "proxy"], [405, "", "open"], [421, "This server does not go by that name; see --public-host.", "wrongHost"], [421, "", "proxy"], [426, "", "open"],
      [429, "too many", "answered"], [200, "", "login"], [502, "", "proxy"], [503, "", "proxy"], [503, "the room is full", "answered"], [504, "", "proxy"], [511, "", "login"]];
    for (const [status, text, wanted] of table) equal([status, text, kind(status, text)], [status, text, wanted]);
    equal(kind(0, "", "opaqueredirect"), "login");
  },
  "it says what to do, with the name that is meant"() {
    for (const language of LANGUAGES) {
      translate(language);
      for (const [status, flag] of [[421, "--public-host localhost"], [403, `--origin ${location.origin}`]]) {
        const {kind: key, detail} = troubleOf({status}, flag);
        ok(t(key, detail).includes(flag), key);
      }
    }
    translate("en");
  },
};
