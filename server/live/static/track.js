// An order that moves by itself: asked for once, then told by server-sent events, for ever.
"use strict";

const WORDS = {
  en: {
    order: "Order", placed: "Ordered", paid: "Paid", shipped: "Sent", delivered: "Delivered", cancelled: "Cancelled",
    goods: "Items", parcels: "Parcels", history: "What happened", follow: "Follow it at the carrier", done: "done",
    parcel: { shipped: "sent", in_transit: "on its way", delivered: "delivered", failed: "coming back" },
    away: "The connection is lost. It is tried again by itself.",
    order_link_invalid: "This link leads to no order. Take it from the mail as it is.",
    order_link_expired: "This link has expired. Ask the shop for a new one.",
    wrong: "The order cannot be shown now. It is tried again by itself.",
  },
  "pt-BR": {
    order: "Pedido", placed: "Pedido feito", paid: "Pago", shipped: "Enviado", delivered: "Entregue",
    cancelled: "Cancelado", goods: "Itens", parcels: "Pacotes", history: "O que aconteceu",
    follow: "Acompanhe na transportadora", done: "concluído",
    parcel: { shipped: "enviado", in_transit: "a caminho", delivered: "entregue", failed: "voltando" },
    away: "A conexão caiu. Estamos tentando de novo.",
    order_link_invalid: "Este link não leva a nenhum pedido. Use-o como está no e-mail.",
    order_link_expired: "Este link expirou. Peça um novo à loja.",
    wrong: "Não é possível mostrar o pedido agora. Estamos tentando de novo.",
  },
};
const MILESTONES = ["placed", "paid", "shipped", "delivered"];
const TRIES_AGAIN_MS = 15000;

const main = document.querySelector("main");
let words = wordsOf(navigator.language);
let lastSeen = 0;
let steps = [];

function wordsOf(locale) {
  const language = (locale || "").toLowerCase().startsWith("pt") ? "pt-BR" : "en";
  document.documentElement.lang = language;
  return WORDS[language];
}

function tokenOfPage() {
  if (location.pathname.startsWith("/track/")) return decodeURIComponent(location.pathname.slice("/track/".length));
  return new URLSearchParams(location.hash.slice(1)).get("token") || "";
}

function place(id) {
  return document.getElementById(id);
}

function element(name, text, className) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// Day and time apart, so that a narrow screen may put one below the other.
function timeOf(instant) {
  const part = (style) => new Intl.DateTimeFormat(document.documentElement.lang, style).format(new Date(instant));
  const made = element("time");
  made.dateTime = instant;
  made.append(
    element("span", part({ dateStyle: "short" })),
    element("span", ", ", "comma"),
    element("span", part({ timeStyle: "short" })),
  );
  return made;
}

// Words are said by screen readers when they change, so they are only written when they do.
function write(id, text) {
  if (place(id).textContent !== text) place(id).textContent = text;
}

function draw(order) {
  words = wordsOf(order.locale);
  const heading = `${words.order} ${order.number}`;
  write("heading", heading);
  write("state", order.state_name);
  place("state").className = order.cancelled_at ? "bad" : "";
  document.title = `${order.state_name} – ${heading}`;
  drawProgress(order);
  drawParcels(order.shipments);
  main.setAttribute("aria-busy", "false");
}

function drawProgress(order) {
  const shown = order.cancelled_at
    ? [...MILESTONES.filter((each) => order[`${each}_at`]), "cancelled"]
    : MILESTONES;
  const reached = shown.filter((each) => order[`${each}_at`]).length;
  place("progress").replaceChildren(...shown.map((each, index) => {
    const instant = order[`${each}_at`];
    const item = element("li", "", each === "cancelled" ? "stop" : index < reached ? "done" : "");
    if (index < reached) {
      const mark = element("span", each === "cancelled" ? "×" : "✓", "mark");
      mark.setAttribute("role", "img");
      mark.setAttribute("aria-label", words.done);
      item.append(mark);
    }
    if (index === reached - 1) item.setAttribute("aria-current", "step");
    item.append(element("span", words[each]));
    if (instant) item.append(timeOf(instant));
    return item;
  }));
}

function drawGoods(lines) {
  const list = element("ul");
  for (const line of lines) {
    const name = line.variant_name === line.product_name ? line.product_name : `${line.product_name}, ${line.variant_name}`;
    list.append(element("li", `${line.quantity} × ${name}`));
  }
  place("goods").replaceChildren(element("h2", words.goods), list);
  place("goods").hidden = !lines.length;
}

function drawParcels(parcels) {
  const drawn = parcels.map((parcel) => {
    const line = element("p", [parcel.carrier, parcel.tracking_number].filter(Boolean).join(" "));
    line.append(line.textContent ? " – " : "", words.parcel[parcel.status] || parcel.status);
    if (parcel.tracking_url) {
      const link = element("a", words.follow);
      link.href = parcel.tracking_url;
      link.rel = "noreferrer";
      line.append(" ", link);
    }
    const last = parcel.events.at(-1);
    if (last && last.location) line.append(" · ", last.location, " ", timeOf(last.happened_at));
    return line;
  });
  place("parcels").replaceChildren(element("h2", words.parcels), ...drawn);
  place("parcels").hidden = !drawn.length;
}

// The newest first.
function drawHistory(newSeq) {
  const list = element("ol");
  for (const step of [...steps].reverse()) {
    const item = element("li", "", step.seq === newSeq ? "new" : "");
    item.append(element("span", step.state_name), timeOf(step.at));
    list.append(item);
  }
  place("history").replaceChildren(element("h2", words.history), list);
  place("history").hidden = !steps.length;
}

// A step that leaves the order where it was is nothing to whoever waits for it.
function addStep(step, isNew) {
  if (step.seq <= lastSeen) return;
  lastSeen = step.seq;
  if (steps.length && steps.at(-1).state === step.state) return;
  steps.push(step);
  if (isNew) drawHistory(step.seq);
}

function say(text) {
  write("connection", text);
  place("connection").hidden = !text;
}

function follow(address) {
  const source = new EventSource(`${address}/events?after=${lastSeen}`);
  source.addEventListener("open", () => say(""));
  source.addEventListener("order", (event) => addStep(JSON.parse(event.data), true));
  source.addEventListener("order_now", (event) => draw(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    say(words.away);
    // A stream that has ended is taken up again by the browser; one that was refused is not.
    if (source.readyState === EventSource.CLOSED) setTimeout(begin, TRIES_AGAIN_MS);
  });
}

async function begin() {
  const address = `/api/v1/orders/by-link/${encodeURIComponent(tokenOfPage())}`;
  let answer;
  try {
    answer = await fetch(address, { credentials: "omit" });
  } catch {
    say(words.away);
    setTimeout(begin, TRIES_AGAIN_MS);
    return;
  }
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    refused(found.code, answer.status);
    return;
  }
  say("");
  steps = [];
  lastSeen = 0;
  draw(found);
  drawGoods(found.lines);
  for (const step of found.timeline) addStep({ ...step, state: step.target, state_name: step.target_name }, false);
  drawHistory(0);
  follow(address);
}

function refused(code, status) {
  const isFinal = status >= 400 && status < 500 && status !== 429;
  write("state", words[code] || (isFinal ? words.order_link_invalid : words.wrong));
  place("state").className = "bad";
  main.setAttribute("aria-busy", "false");
  if (!isFinal) setTimeout(begin, TRIES_AGAIN_MS);
}

begin();
