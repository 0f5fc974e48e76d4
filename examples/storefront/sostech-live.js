/**
 * Chat and orders that move, for storefronts. An ES module without a build and without imports: give it `io` of the
 * official socket.io-client (4.x), from your own bundle or the file it comes as.
 *
 *     const chat = new SostechChat({ io, url: "https://shop.example", token: () => accessToken });
 *     chat.addEventListener("messages", ({ detail }) => draw(detail.conversation, detail.messages));
 *     await chat.connect();
 *     const conversation = await chat.begin({ key: "order-1001", order: 1001 });
 *     await chat.send(conversation.id, "Where is my parcel?");
 *
 * docs/howto/chat-in-a-storefront.md explains it; docs/reference/sockets.md has every event and shape.
 */

const ANSWERS_IN_MS = 10_000;
const AGAIN_MS = 1_000;
const MOST_SINCE = 200;
const TYPING_AGAIN_MS = 3_000;
const READ_AGAIN_MS = 300;
const SHOW_MS = 20;
const LONGEST_AGAIN_MS = 15_000;
const SOURCE_CLOSED = 2;
// Too many for now, or nobody there who could answer: no answer to what was asked.
const LATER = new Set([429, 502, 503, 504]);
const FINAL = new Set(["token_invalid", "sign_in_needed", "not_allowed", "body_invalid"]);

/** The shop said no: `code` never changes its meaning, `problem` is the whole of it (RFC 9457). */
export class Refused extends Error {
  constructor(problem) {
    super(`${problem.code}: ${problem.detail}`);
    this.code = problem.code;
    this.problem = problem;
  }
}

/** No answer came, or only that it has to be asked later: nobody knows whether it was done. */
export class Lost extends Error {}

/** What a problem is to whoever asked: a no, or nothing yet. */
function failure(problem) {
  return LATER.has(problem.status) ? new Lost(problem.code, { cause: new Refused(problem) }) : new Refused(problem);
}

/**
 * A connection to one namespace that comes back by itself.
 * Events: `connected`, `lost`, and `refused` with a problem, after which it does not come back.
 */
class Line extends EventTarget {
  /** `said` gives what is told of oneself at each connection, beside the token. */
  constructor(namespace, { io, url, token, store }, said = () => ({})) {
    super();
    this.socket = io(url + namespace, {
      autoConnect: false,
      forceNew: true,
      transports: ["websocket"],
      reconnectionDelay: 200,
      reconnectionDelayMax: 5_000,
      // Browsers send no headers of ours: there the address says which store it is.
      ...(store ? { extraHeaders: { "X-Tenant-ID": store } } : {}),
      // Asked for at each connection, so that it is the token and the steps of that moment.
      auth: (answer) => {
        this.#credentials(token, said).then(answer, (error) => this.#nobody(error));
      },
    });
    this.socket.on("connect", () => this.tell("connected"));
    this.socket.on("disconnect", (reason) => this.#lost(reason));
    this.socket.on("connect_error", (error) => this.#notConnected(error));
    this.socket.on("problem", (problem) => this.tell("problem", problem));
  }

  /** Connect; resolves once we are let in, rejects with Refused when we never will be. */
  connect() {
    return new Promise((resolve, reject) => {
      this.addEventListener("connected", resolve, { once: true });
      this.addEventListener("refused", ({ detail }) => reject(new Refused(detail)), { once: true });
      this.socket.connect();
    });
  }

  close() {
    this.closed = true;
    this.socket.disconnect();
  }

  tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** Send an event; the data it was acknowledged with. Throws Refused or Lost. */
  async ask(event, body = {}) {
    if (!this.socket.connected) throw new Lost(event);
    let answer;
    try {
      answer = await this.#answer(event, body);
    } catch (error) {
      throw new Lost(event, { cause: error });
    }
    if (answer.problem) throw failure(answer.problem);
    return answer.data;
  }

  /** Do it again soon; without a connection whoever comes back does it. */
  later(work) {
    if (this.socket.connected) setTimeout(() => this.closed || work(), AGAIN_MS);
  }

  /** The acknowledgement; rejects as soon as the connection goes. */
  #answer(event, body) {
    return new Promise((resolve, reject) => {
      this.socket.once("disconnect", reject);
      this.socket.timeout(ANSWERS_IN_MS).emit(event, body, (error, answer) => {
        this.socket.off("disconnect", reject);
        if (error) reject(error);
        else resolve(answer);
      });
    });
  }

  async #credentials(token, said) {
    const current = token ? await token() : null;
    return { ...(current ? { token: current } : {}), ...said() };
  }

  /** There is no token to connect with at the moment. */
  #nobody(error) {
    this.socket.disconnect();
    this.tell("lost", String(error));
    this.#again();
  }

  #lost(reason) {
    this.tell("lost", reason);
    // The library comes back by itself, unless it was the shop that ended the connection.
    if (reason === "io server disconnect") this.#again();
  }

  #notConnected(error) {
    if (error.data && FINAL.has(error.data.code)) this.tell("refused", error.data);
    else if (!this.socket.active) this.#again();
  }

  #again() {
    setTimeout(() => this.closed || this.socket.connect(), AGAIN_MS);
  }
}

/**
 * The conversations of whoever is signed in.
 *
 * Events: `messages` ({conversation, messages}: all of one conversation, in their order, own unsent ones last),
 * `conversation`, `cursor`, `typing`, `presence`, and those of the connection: `connected`, `lost`, `refused`.
 */
export class SostechChat extends EventTarget {
  #line;
  #options;
  #logs = new Map();
  #typed = new Map();
  #wasHere = false;

  /**
   * `io` of socket.io-client; `url` where the shop is; `token()` gives the current access token, or a promise of it;
   * `store`, a slug, only outside of browsers.
   */
  constructor(options) {
    super();
    this.#options = options;
    this.#line = new Line("/chat", options, () => this.#seen());
    for (const name of ["lost", "refused", "problem"]) {
      this.#line.addEventListener(name, ({ detail }) => this.#tell(name, detail));
    }
    this.#line.addEventListener("connected", () => this.#comeBack());
    this.#line.socket.on("message", (message) => this.#take(message));
    for (const name of ["conversation", "cursor", "typing", "presence"]) {
      this.#line.socket.on(name, (view) => this.#tell(name, view));
    }
  }

  /** The socket of socket.io-client, for whoever wants to look. */
  get socket() {
    return this.#line.socket;
  }

  connect() {
    return this.#line.connect();
  }

  close() {
    this.#line.close();
  }

  /** The own conversations, the newest first: `{items, next, prev}`. `query` may have status, order, cursor, limit. */
  conversations(query = {}) {
    return this.#request("GET", `conversations?${new URLSearchParams(query)}`);
  }

  /** Begin a conversation, or find it again: the same `key` is the same one. Its messages come from now on. */
  async begin({ key, ...about }) {
    const conversation = await this.#request("POST", "conversations", { key, ...about });
    await this.open(conversation.id);
    return conversation;
  }

  /** Have all messages of a conversation, and whatever follows; how it stands. */
  async open(conversation) {
    const log = this.#log(conversation);
    if (!log.isOpen) Object.assign(log, { change: 0, bySeq: new Map(), isOpen: true });
    return this.#line.ask("join", { conversation_id: conversation, after: log.change });
  }

  /** The messages of a conversation as they are now; own ones that are not sent yet have a `state`: sending, sent, refused. */
  messages(conversation) {
    const log = this.#log(conversation);
    const kept = [...log.bySeq.values()].sort((one, other) => one.seq - other.seq);
    return [...kept, ...log.unsent.values()];
  }

  /**
   * Write a message. It is among `messages` at once; resolves to the message as it was kept, however often the
   * connection goes before. Throws Refused, and the message then has `state: "refused"`.
   */
  send(conversation, body, { attachments = [] } = {}) {
    const client_id = crypto.randomUUID();
    const message = { client_id, body, attachments, state: "sending" };
    const sent = new Promise((resolve, reject) => Object.assign(message, { resolve, reject }));
    this.#log(conversation).unsent.set(client_id, message);
    this.#show(conversation);
    this.#sendWhatWaits(conversation);
    return sent;
  }

  edit(conversation, message_id, body) {
    return this.#line.ask("edit", { conversation_id: conversation, message_id, body });
  }

  takeBack(conversation, message_id) {
    return this.#line.ask("delete", { conversation_id: conversation, message_id });
  }

  /** Everything up to this place has been read. Call it with every message: only the newest place is told. */
  read(conversation, seq) {
    const log = this.#log(conversation);
    log.read = Math.max(log.read, seq);
    this.#tellRead(conversation);
  }

  /** Call it with every key that is pressed: it is told at most every three seconds. Nothing happens offline. */
  typing(conversation, is_typing = true) {
    const now = Date.now();
    if (is_typing && now - (this.#typed.get(conversation) ?? 0) < TYPING_AGAIN_MS) return;
    this.#typed.set(conversation, is_typing ? now : 0);
    this.#line.ask("typing", { conversation_id: conversation, is_typing }).catch(() => {});
  }

  /** Older messages than those that are there: before a `seq`. `{items, more_before, more_after}` */
  more(conversation, before) {
    return this.#line.ask("more", { conversation_id: conversation, before });
  }

  #log(conversation) {
    if (!this.#logs.has(conversation)) {
      const log = { change: 0, bySeq: new Map(), unsent: new Map(), isOpen: false, heardOf: 0, read: 0, toldRead: 0 };
      this.#logs.set(conversation, log);
    }
    return this.#logs.get(conversation);
  }

  /** What has been seen of each conversation: the shop then hands out exactly what was missed. */
  #seen() {
    const seen = [...this.#logs].filter(([, log]) => log.isOpen || log.change).slice(-MOST_SINCE);
    // Who was here before is told of all that happened meanwhile, although nothing was opened.
    if (!this.#wasHere && !seen.length) return {};
    return { since: Object.fromEntries(seen.map(([conversation, log]) => [conversation, log.change])) };
  }

  #comeBack() {
    this.#wasHere = true;
    this.#tell("connected");
    for (const conversation of this.#logs.keys()) {
      this.#sendWhatWaits(conversation);
      this.#tellRead(conversation);
    }
  }

  /** Take a message that came; one that is known already changes nothing. */
  #take(message) {
    const log = this.#log(message.conversation_id);
    if (message.change <= log.change) return;
    if (log.isOpen && message.after > log.change) {
      log.heardOf = message.change;
      this.#sync(message.conversation_id);
      return;
    }
    this.#keep(log, message);
    this.#showSoon(message.conversation_id);
  }

  #keep(log, message) {
    log.change = message.change;
    log.bySeq.set(message.seq, message);
    // Its acknowledgement may come later, or never.
    const waiting = log.unsent.get(message.client_id);
    if (waiting && log.unsent.delete(message.client_id)) waiting.resolve(message);
  }

  /** A step is missing: ask for all after the last that was seen, instead of showing what came after it. */
  async #sync(conversation) {
    const log = this.#log(conversation);
    if (log.syncing) return;
    log.syncing = true;
    try {
      // As far as was heard of, also while we ask.
      for (let count = 1; count && log.change < log.heardOf; ) {
        const { items } = await this.#line.ask("sync", { conversation_id: conversation, after: log.change });
        for (const message of items) if (message.change > log.change) this.#keep(log, message);
        count = items.length;
      }
    } catch (error) {
      if (error instanceof Lost) this.#line.later(() => this.#sync(conversation));
      else this.#tell("problem", error.problem);
    } finally {
      log.syncing = false;
    }
    this.#show(conversation);
  }

  /** One at a time, and then not for a moment: of many messages that come only the last is told. */
  async #tellRead(conversation) {
    const log = this.#log(conversation);
    const seq = log.read;
    if (log.isReading || seq <= log.toldRead) return;
    log.isReading = true;
    try {
      await this.#line.ask("read", { conversation_id: conversation, seq });
      log.toldRead = seq;
    } catch (error) {
      if (error instanceof Refused) log.toldRead = seq;
    }
    const goOn = () => {
      log.isReading = false;
      if (this.socket.connected) this.#tellRead(conversation);
    };
    setTimeout(goOn, log.toldRead < seq ? AGAIN_MS : READ_AGAIN_MS);
  }

  /** In the order they were written, so one after another; those that are written meanwhile come last. */
  async #sendWhatWaits(conversation) {
    const log = this.#log(conversation);
    if (log.isSending) return;
    log.isSending = true;
    try {
      await this.#sendAll(conversation, log);
      log.isSending = false;
    } catch {
      log.isSending = false;
      // The connection may have come back while we still waited for an answer of the one before.
      this.#line.later(() => this.#sendWhatWaits(conversation));
      return;
    }
    // Whoever waited for the last of them may have written the next before we were done.
    if (this.#next(log)) this.#sendWhatWaits(conversation);
  }

  /** The first that has not been sent yet. */
  #next(log) {
    return [...log.unsent.values()].find((message) => message.state === "sending");
  }

  /** Throws Lost, and nothing else. */
  async #sendAll(conversation, log) {
    for (let message = this.#next(log); message; message = this.#next(log)) {
      const { client_id, body, attachments } = message;
      try {
        const kept = await this.#line.ask("send", { conversation_id: conversation, client_id, body, attachments });
        // It stays where it is until it comes in its turn among those of the others.
        message.state = "sent";
        message.resolve(kept);
      } catch (error) {
        if (error instanceof Lost) throw error;
        message.state = "refused";
        message.reject(error);
        this.#show(conversation);
      }
    }
  }

  /** Many that come together are one picture. */
  #showSoon(conversation) {
    this.#log(conversation).picture ??= setTimeout(() => this.#show(conversation), SHOW_MS);
  }

  #show(conversation) {
    const log = this.#log(conversation);
    clearTimeout(log.picture);
    log.picture = undefined;
    this.#tell("messages", { conversation, messages: this.messages(conversation) });
  }

  #tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  async #request(method, path, body) {
    const { url, token, store } = this.#options;
    const headers = { Authorization: `Bearer ${await token()}`, ...(store ? { "X-Tenant-ID": store } : {}) };
    if (body) headers["Content-Type"] = "application/json";
    let answer;
    let content;
    try {
      answer = await fetch(`${url}/api/v1/chat/${path}`, { method, headers, body: body && JSON.stringify(body) });
      content = await answer.json();
    } catch (error) {
      throw new Lost(path, { cause: error });
    }
    if (!answer.ok) throw failure(content);
    return content;
  }
}

/**
 * One order as it moves. Give `number` and `token()` for an order of whoever is signed in, or `link`, the token of a link
 * to it. Events: `step` for each step, in order, each once; `now` for how the order stands; `lost` while there is no
 * connection, which comes back by itself; `ended`; `refused`, after which nothing comes any more.
 *
 * Where no websocket gets through, give `io: null`: with a link it then comes as server-sent events.
 */
export class OrderFeed extends EventTarget {
  #seq;
  #line = null;
  #source = null;
  #tries = 0;
  #isClosed = false;

  /** `after`: the last step that was seen; 0, to begin with the first. */
  constructor({ after = 0, ...options }) {
    super();
    this.options = options;
    this.#seq = after;
  }

  /** Begin. */
  open() {
    this.#isClosed = false;
    if (this.options.io) this.#openLine();
    else this.#openSource();
  }

  close() {
    this.#isClosed = true;
    this.#line?.close();
    this.#source?.close();
  }

  #openLine() {
    this.#line = new Line("/orders", this.options);
    this.#line.socket.on("order", (step) => this.#step(step));
    this.#line.socket.on("order_now", (now) => this.#tell("now", now));
    this.#line.socket.on("order_ended", (ended) => this.#tell("ended", ended));
    for (const name of ["lost", "refused"]) {
      this.#line.addEventListener(name, ({ detail }) => this.#tell(name, detail));
    }
    this.#line.addEventListener("connected", () => this.#watch());
    this.#line.socket.connect();
  }

  /** Every connection begins anew, after the last step that was seen. */
  async #watch() {
    const { number, link, locale } = this.options;
    const which = link ? { token: link } : { number: String(number) };
    try {
      const now = await this.#line.ask("watch", { ...which, after: this.#seq, ...(locale ? { locale } : {}) });
      this.#tell("now", now);
    } catch (error) {
      if (error instanceof Refused) this.#tell("refused", error.problem);
      else this.#line.later(() => this.#watch());
    }
  }

  #openSource() {
    const { EventSource = globalThis.EventSource } = this.options;
    const source = new EventSource(`${this.#address()}/events?after=${this.#seq}`);
    source.addEventListener("open", () => (this.#tries = 0));
    source.addEventListener("order", ({ data }) => this.#step(JSON.parse(data)));
    source.addEventListener("order_now", ({ data }) => this.#tell("now", JSON.parse(data)));
    source.addEventListener("error", () => this.#sourceLost(source));
    this.#source = source;
  }

  /** `EventSource` takes up by itself a stream that ended; one that was refused it leaves for good, not saying why. */
  async #sourceLost(source) {
    this.#tell("lost", null);
    if (source.readyState !== SOURCE_CLOSED) return;
    const problem = await this.#whyNever();
    if (this.#isClosed) return;
    if (problem) {
      this.#tell("refused", problem);
      return;
    }
    const wait = Math.min(AGAIN_MS * 2 ** this.#tries, LONGEST_AGAIN_MS);
    this.#tries += 1;
    setTimeout(() => this.#isClosed || this.#openSource(), wait);
  }

  /** The problem that keeps the order from us for good; null when there is none, or only one that passes. */
  async #whyNever() {
    try {
      const answer = await fetch(this.#address());
      if (answer.ok || answer.status >= 500 || LATER.has(answer.status)) return null;
      return await answer.json();
    } catch {
      return null;
    }
  }

  #address() {
    const { url, link } = this.options;
    return `${url}/api/v1/orders/by-link/${encodeURIComponent(link)}`;
  }

  #step(step) {
    if (step.seq <= this.#seq) return;
    this.#seq = step.seq;
    this.#tell("step", step);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
