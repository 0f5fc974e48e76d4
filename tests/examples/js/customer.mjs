// A customer with the client for storefronts: node customer.mjs ADDRESS STORE TOKEN ORDER. Does what lines of its
// standard input say, and prints a line of JSON for whatever happens.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";
import { OrderFeed, SostechChat } from "../../../examples/storefront/sostech-live.js";

const [url, store, token, order] = process.argv.slice(2);
const tell = (what, detail) => console.log(JSON.stringify({ what, detail }));
const plain = (error) => ({ code: error.code ?? error.name });

const options = { io, url, store, token: async () => token };
const chat = new SostechChat(options);
const feed = new OrderFeed({ ...options, number: order });
let conversation = null;
let source = null;

for (const name of ["connected", "lost", "refused", "typing", "problem"]) {
  chat.addEventListener(name, ({ detail }) => tell(name, detail));
}
chat.addEventListener("messages", ({ detail }) => {
  tell("messages", detail.messages.map(({ seq, change, body, client_id, state }) => ({ seq, change, body, client_id, state })));
});
for (const name of ["step", "now", "refused"]) feed.addEventListener(name, ({ detail }) => tell(`order_${name}`, detail));

const does = {
  connect: async () => {
    await chat.connect();
    conversation = await chat.begin({ key: `order-${order}`, order: Number(order) });
    return { id: conversation.id };
  },
  // Opens nothing.
  look: () => chat.connect(),
  send: async (body) => ({ seq: (await chat.send(conversation.id, body)).seq }),
  typing: async () => chat.typing(conversation.id),
  twice: async (body) => {
    for (const each of [1, 2]) await chat.send(conversation.id, `${body} ${each}`);
  },
  // Whatever is shown has been read.
  reader: async () => {
    chat.addEventListener("messages", ({ detail }) => {
      chat.read(conversation.id, Math.max(0, ...detail.messages.map(({ seq }) => seq ?? 0)));
    });
  },
  edit: (words) => {
    const [seq, ...text] = words.split(" ");
    const message = chat.messages(conversation.id).find((each) => each.seq === Number(seq));
    return chat.edit(conversation.id, message.id, text.join(" "));
  },
  conversations: async () => (await chat.conversations({ order })).items.length,
  // The network goes without a goodbye, and stays away: the socket under the websocket is destroyed.
  drop: async () => {
    chat.socket.io.reconnection(false);
    chat.socket.io.engine.transport.ws._socket.destroy();
  },
  back: async () => {
    chat.socket.io.reconnection(true);
    chat.socket.connect();
  },
  // As if a step had never come: what follows it shows the gap.
  deaf: async () => deafen(),
  follow: async () => feed.open(),
  // The order as server-sent events, by the token of a link to it.
  source: async (link) => {
    source = new OrderFeed({ url, link, io: null });
    for (const name of ["step", "now", "lost", "refused"]) {
      source.addEventListener(name, ({ detail }) => tell(`source_${name}`, detail));
    }
    source.open();
  },
  close: async () => (chat.close(), feed.close(), source?.close()),
};

/** Swallow the next message. */
function deafen() {
  const [take] = chat.socket.listeners("message");
  chat.socket.off("message", take);
  chat.socket.once("message", () => chat.socket.on("message", take));
}

for await (const line of createInterface({ input: process.stdin })) {
  const [word, ...rest] = line.split(" ");
  // Not awaited: what is written while the network is away waits, and other things go on.
  does[word](rest.join(" ")).then(
    (answer) => tell("done", { line, answer: answer ?? null }),
    (error) => tell("failed", { line, ...plain(error) }),
  );
}
