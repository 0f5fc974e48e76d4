// Sends what the link of a mail is for, and says what came of it.
"use strict";

const form = document.querySelector("form");
const said = document.getElementById("said");

function say(text, isBad) {
  said.className = isBad ? "bad" : "";
  said.textContent = text;
}

// What the link carries: the token behind #, which was sent to no server, or the code of a friend.
function carried() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  const invite = new URLSearchParams(location.search).get("invite");
  return { ...(token && { token }), ...(invite && { invite_code: invite }) };
}

async function send() {
  const answer = await fetch(form.dataset.address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...Object.fromEntries(new FormData(form)), ...carried() }),
  });
  if (answer.ok) {
    form.remove();
    return say(form.dataset.done);
  }
  const problem = await answer.json();
  say(problem.errors.map((fault) => fault.message).join("; ") || problem.detail || problem.title, true);
}

if (form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      await send();
    } catch {
      say("No shop answers. Try again.", true);
    }
    button.disabled = false;
  });
}
