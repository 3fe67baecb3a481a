// The connection, in a world of its own: its sockets are ours, and time passes when we say so.

import {Connection} from "../connection.js";
import {equal, ok} from "./check.js";

const ends = await (await fetch(new URL("closing.json", import.meta.url))).json();
const WELCOME = '{"type":"welcome"}';

function make() {
  const sockets = [];
  const timers = [];
  const world = {
    time: 0,
    chance: 1,
    troubles: [],
    ask: async () => world.troubles.shift() ?? null,
    WebSocket: class {
      constructor(url, protocol) {
        Object.assign(this, {url, protocol, readyState: 0, sent: [], isClosed: false});
        sockets.push(this);
      }
      send(text) { this.sent.push(JSON.parse(text)); }
      close() { this.isClosed = true; }
    },
    now: () => world.time,
    random: () => world.chance,
    after(milliseconds, act) {
      const timer = {at: world.time + milliseconds, act};
      timers.push(timer);
      return timer;
    },
    cancel(timer) {
      if (timers.includes(timer)) timers.splice(timers.indexOf(timer), 1);
    },
    pass(milliseconds) {
      const end = world.time + milliseconds;
      for (;;) {
        const due = timers.filter(({at}) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        world.time = due.at;
        world.cancel(due);
        due.act();
      }
      world.time = end;
    },
  };
  const heard = [];
  const phases = [];
  const connection = new Connection("ws://room/ws", {
    hello: () => [{type: "hello"}, {type: "history"}],
    hear(event) {
      if (event.type === "broken") throw new Error("broken");
      heard.push(event.type);
    },
    failed: () => heard.push("failed"),
    changed: ({phase}) => { if (phases[phases.length - 1] !== phase) phases.push(phase); },
  }, world);
  const enter = () => {
    const socket = sockets.at(-1);
    socket.readyState = 1;
    socket.onopen();
    socket.onmessage({data: WELCOME});
    return socket;
  };
  connection.open();
  return {connection, world, sockets, heard, phases, enter};
}

export const cases = {
  "it says hello, and is in when it is welcome"() {
    const {connection, sockets, heard, phases, enter} = make();
    equal(connection.send({type: "say"}), false);
    enter();
    equal(sockets[0].sent, [{type: "hello"}, {type: "history"}]);
    equal([heard, phases], [["welcome"], ["connecting", "in"]]);
    equal(connection.send({type: "say"}), true);
    equal(sockets[0].protocol, "chat.v1.json");
  },

  "a frame holds an event or more"() {
    const {sockets, heard, enter} = make();
    enter();
    sockets[0].onmessage({data: '{"type":"message"}\n{"type":"ack"}'});
    equal(heard, ["welcome", "message", "ack"]);
  },

  "when it is lost it comes back, later each time, at the most after 20 s; who opens and welcomes nobody is as good as gone"() {
    for (const opens of [false, true]) {
      const {world, sockets} = make();
      const delays = [];
      for (let number = 1; number <= 8; number++) {
        const start = world.time;
        if (opens) sockets.at(-1).onopen();
        sockets.at(-1).onclose({code: 1006, reason: ""});
        while (sockets.length === number) world.pass(10);
        delays.push(world.time - start);
      }
      equal([opens, delays], [opens, [500, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000]]);
    }
  },

  "the delay is any part of that, so that not all come at once"() {
    const {world, sockets} = make();
    world.chance = 0.1;
    sockets[0].onclose({code: 1006, reason: ""});
    world.pass(49);
    equal(sockets.length, 1);
    world.pass(1);
    equal(sockets.length, 2);
  },

  "a welcome makes the next delay short again"() {
    const {world, sockets, enter} = make();
    for (let number = 0; number < 5; number++) {
      sockets.at(-1).onclose({code: 1006, reason: ""});
      const count = sockets.length;
      while (sockets.length === count) world.pass(10);
    }
    enter().onclose({code: 1001, reason: ""});
    const count = sockets.length;
    world.pass(500);
    equal(sockets.length, count + 1);
  },

  "it is away since it was lost, however often it tried"() {
    const {connection, world, sockets, enter} = make();
    enter();
    world.pass(1000);
    sockets[0].onclose({code: 1006, reason: ""});
    world.pass(5000);
    const {phase, since, wasIn} = connection.status;
    equal([phase, since, wasIn], ["connecting", 1000, true]);
  },

  "by its code it knows whether to come back"() {
    for (const {code, page: phase} of ends) {
      const {connection, world, sockets, enter} = make();
      enter().onclose({code, reason: "why"});
      equal([code, connection.status.phase], [code, phase]);
      world.pass(60_000);
      equal([code, sockets.length > 1], [code, phase === "lost"]);
      if (phase === "lost") continue;
      connection.open();
      equal(sockets.length, 2);
    }
  },

  "after silence it asks, and gives up a socket that does not answer"() {
    const {world, sockets, enter} = make();
    const socket = enter();
    world.pass(20_000);
    equal(socket.sent.at(-1), {type: "ping"});
    world.pass(9_999);
    ok(!socket.isClosed);
    world.pass(1);
    ok(socket.isClosed);
    world.pass(500);
    equal(sockets.length, 2);
  },

  "any word from the server is an answer"() {
    const {world, sockets, enter} = make();
    const socket = enter();
    for (let number = 0; number < 10; number++) {
      world.pass(25_000);
      socket.onmessage({data: '{"type":"pong"}'});
    }
    equal(sockets.length, 1);
  },

  "who becomes somebody else says hello again at once, unless nothing is there to be told"() {
    const {connection, sockets, enter, phases} = make();
    connection.open();
    enter();
    connection.again();
    equal([sockets.length, sockets[0].isClosed], [2, true]);
    enter();
    equal([sockets[1].sent, phases.slice(-1)], [[{type: "hello"}, {type: "history"}], ["in"]]);
    sockets[1].onclose({code: 1000, reason: ""});
    connection.again();
    equal(sockets.length, 2);
  },

  "a doubt finds out soon, and is no wait when it is lost"() {
    const {connection, world, sockets, enter} = make();
    const socket = enter();
    connection.doubt();
    equal(socket.sent.at(-1), {type: "ping"});
    world.pass(3000);
    ok(socket.isClosed);
    connection.doubt();
    equal(sockets.length, 2);
    connection.doubt();
    world.pass(3000);
    equal([sockets.length, sockets[1].isClosed], [2, false], "it is on its way, and has its time");
  },

  "a server that accepts and never welcomes is given up"() {
    const {world, sockets} = make();
    sockets[0].onopen();
    world.pass(15_000);
    ok(sockets[0].isClosed);
    world.pass(500);
    equal(sockets.length, 2);
  },

  "what a dropped socket says later is not heard"() {
    const {world, sockets, heard, enter} = make();
    enter();
    world.pass(30_500);
    sockets[0].onopen?.();
    sockets[0].onmessage?.({data: '{"type":"message"}'});
    sockets[0].onclose?.({code: 1006, reason: ""});
    equal([sockets.length, sockets[1].sent, heard], [2, [], ["welcome"]]);
    enter();
    world.pass(10_000);
    equal([sockets.length, heard], [2, ["welcome", "welcome"]]);
  },

  "one event that can't be taken does not lose the rest of its frame"() {
    const {sockets, heard, enter} = make();
    enter();
    sockets[0].onmessage({data: '{"type":"message"}\n{"type":"broken"}\nno JSON\n{"type":"ack"}'});
    sockets[0].onmessage({data: '{"type":"pong"}'});
    equal(heard, ["welcome", "message", "failed", "failed", "ack", "pong"]);
  },

  async "why a handshake failed is asked, and told as long as it holds"() {
    const {connection, world, sockets, enter} = make();
    const fail = async trouble => {
      world.troubles.push(trouble);
      sockets[sockets.length - 1].onclose({code: 1006, reason: ""});
      await null;
      await null;
    };
    equal(connection.status.wasIn, false);
    await fail({kind: "wrongHost", detail: "chat.test"});
    equal(connection.status.trouble.kind, "wrongHost");
    world.pass(500);
    equal([connection.status.phase, connection.status.trouble.kind], ["connecting", "wrongHost"]);
    enter();
    equal([connection.status.trouble, connection.status.wasIn], [null, true]);
    await fail({kind: "wrongHost", detail: "chat.test"});
    equal(connection.status.trouble, null, "one that was open is no matter of the door");
    world.troubles.length = 0;
    world.pass(1000);
    await fail({kind: "full", detail: ""});
    equal(connection.status.trouble?.kind, "full", "the next one is, and is asked about again");
  },

  "a socket that is made begins like the first, whatever became of that"() {
    const kept = ["socket", "timer", "attempts", "status"];
    const stateOf = connection => Object.entries({isOpen: false, ...connection}).filter(([name]) => !kept.includes(name));
    const first = make();
    const wanted = stateOf(first.connection);
    for (const lose of [
      ({enter}) => enter().onclose({code: 1006, reason: ""}),
      ({sockets}) => { sockets[0].onopen(); sockets[0].onclose({code: 1001, reason: ""}); },
      ({world, enter}) => { enter(); world.pass(30_000); },
    ]) {
      const lost = make();
      lose(lost);
      lost.world.pass(1000);
      equal(lost.sockets.length, 2);
      equal(stateOf(lost.connection).map(String), wanted.map(String));
    }
  },

  async "a door that is open may just have been opened; the second time it is something else"() {
    const {connection, world, sockets} = make();
    for (const [kind, wanted] of [["open"], ["open", "open"], ["full", "full"], ["open"], ["open", "open"]]) {
      world.troubles.push({kind, detail: ""});
      sockets[sockets.length - 1].onclose({code: 1006, reason: ""});
      await null;
      await null;
      equal(connection.status.trouble?.kind, wanted);
      const count = sockets.length;
      while (sockets.length === count) world.pass(10);
    }
  },

  async "who has come in by then is told of no trouble"() {
    const {connection, world, sockets, enter} = make();
    let answer;
    world.ask = () => new Promise(done => { answer = done; });
    sockets[0].onclose({code: 1006, reason: ""});
    world.pass(500);
    enter();
    answer({kind: "full", detail: ""});
    await null;
    await null;
    equal([connection.status.phase, connection.status.trouble], ["in", null]);
  },
};
