// The room as this page has it: what is known of it, and the way to it. All parts speak to both.

import {Connection} from "./connection.js";
import {browser, tab} from "./memory.js";
import {Store} from "./store.js";
import {here} from "./ways.js";

export const store = new Store({tab, browser, title: document.title});
export const connection = new Connection(here("ws").href.replace(/^http/u, "ws"));
export const send = event => connection.send(event);
