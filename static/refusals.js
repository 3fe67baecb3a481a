// What the server refuses: in the page's language, by its code, where the server speaks another one.

import {language} from "./i18n.js";

const other = JSON.parse(document.getElementById("refusals").textContent);

export function worded({code, message, detail = ""}) {
  const text = language === other.language && other.texts[code];
  return text ? text.replace("{detail}", () => detail) : message;
}
