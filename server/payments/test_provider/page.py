"""How does somebody pay at the test provider? On one page, drawn here, that loads nothing and runs nothing."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import Final
from urllib.parse import urlsplit

from engine.money import format_amount
from server.payments.test_provider.service import FoundCharge

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1c2330; --dim: #5b6577; --paper: #fff; --ground: #eef1f6; --line: #d5dbe6;
  --go: #14663f; --stop: #9b1c2c; --note: #fff4d6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf4; --dim: #a3adbf; --paper: #1b212c; --ground: #11151c;
  --line: #384152; --go: #1f7d50; --stop: #d4525f; --note: #3c3313; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 30rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 12px; padding: 1.5rem; }
.test { background: var(--note); border-radius: 8px; padding: 0.5rem 0.75rem; margin: 0 0 1.25rem; font-size: 0.9rem; }
h1 { font-size: 1rem; font-weight: 600; margin: 0; color: var(--dim); }
.amount { font-size: 2.25rem; font-weight: 700; line-height: 1.2; margin: 0.25rem 0; overflow-wrap: anywhere; }
.of { color: var(--dim); margin: 0 0 1.5rem; overflow-wrap: anywhere; }
.status { font-weight: 600; margin: 0 0 0.5rem; }
.wrong { color: var(--stop); font-weight: 600; }
.buttons { display: flex; gap: 0.75rem; }
button { flex: 1; min-height: 3rem; border-radius: 8px; font: inherit; font-weight: 600; cursor: pointer; }
.pay { background: var(--go); border: 1px solid var(--go); color: #fff; flex: 2; }
.decline { background: none; border: 1px solid var(--stop); color: var(--stop); }
button:focus-visible, input:focus-visible, select:focus-visible, summary:focus-visible
  { outline: 3px solid #4b8bf5; outline-offset: 2px; }
details { margin-top: 1.5rem; border-top: 1px solid var(--line); padding-top: 1rem; }
summary { cursor: pointer; font-weight: 600; }
label { display: block; margin-top: 0.9rem; font-size: 0.95rem; }
.check { display: flex; gap: 0.6rem; align-items: center; }
.pair { display: flex; gap: 0.75rem; } .pair label { flex: 1; }
input:not([type=checkbox]), select { width: 100%; min-height: 2.6rem; margin-top: 0.2rem; padding: 0.3rem 0.6rem;
  font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; }
input[type=checkbox] { width: 1.2rem; height: 1.2rem; flex: none; }
a { color: inherit; }
"""
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

_ENDED: Final = {
    "paid": "Paid. The shop is told by a webhook.",
    "declined": "Declined. The shop is told by a webhook.",
    "voided": "The shop has called this payment off.",
}


def policy(found: FoundCharge) -> str:
    """Content-Security-Policy of the page: this style and nothing else; the form may lead back to the storefront."""
    back = leads_back(found)
    parts = urlsplit(back) if back else None
    origin = f" {parts.scheme}://{parts.netloc}" if parts else ""
    return (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'{origin}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


def leads_back(found: FoundCharge) -> str | None:
    """Where the customer goes after paying; None when the shop gave no web address."""
    url = found.charge.return_url
    return url if url and url.startswith(("https://", "http://")) else None


def draw(found: FoundCharge, wrong: str = "") -> str:
    """The page: a form while the charge is open, afterwards what has become of it."""
    charge = found.charge
    number = charge.metadata.get("order_number", "")
    body = _form(found, wrong) if charge.status == "open" else _ended(found)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Pay order {escape(number)} – test provider</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<div class="card">
<p class="test">This is a test provider. No money moves, whatever you choose.</p>
<h1>{escape(found.store.name)}</h1>
<p class="amount">{escape(format_amount(charge.amount, charge.currency))} {escape(charge.currency)}</p>
<p class="of">for order {escape(number)}</p>
{body}
</div>
</main>
</body>
</html>
"""


def _ended(found: FoundCharge) -> str:
    charge, back = found.charge, leads_back(found)
    refunded = (
        f"<p>{escape(format_amount(charge.refunded, charge.currency))} {escape(charge.currency)} was given back.</p>"
        if charge.refunded
        else ""
    )
    link = f'<p><a href="{escape(back)}">Back to the shop</a></p>' if back else ""
    return f'<p class="status" role="status">{_ENDED[charge.status]}</p>{refunded}{link}'


def _form(found: FoundCharge, wrong: str) -> str:
    amount = escape(format_amount(found.charge.amount, found.charge.currency))
    message = f'<p class="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""
    return f"""{message}
<form method="post">
<div class="buttons">
<button class="pay" name="outcome" value="succeeded">Pay</button>
<button class="decline" name="outcome" value="declined">Decline</button>
</div>
<details{" open" if wrong else ""}>
<summary>Make trouble</summary>
<div class="pair">
<label>Tell the shop in seconds
<input name="delay_seconds" type="number" min="0" max="604800" value="0" inputmode="numeric"></label>
<label>and in minutes
<input name="delay_minutes" type="number" min="0" max="10080" value="0" inputmode="numeric"></label>
</div>
<label>How often it is told
<select name="times"><option value="1">once</option><option value="2">twice</option>
<option value="3">three times</option></select></label>
<label>Out of order
<select name="stray"><option value="none">no</option>
<option value="processing_late">“processing” arrives after the success</option>
<option value="declined_first">a decline first, then the success</option></select></label>
<label>Another amount than asked for
<input name="amount" inputmode="decimal" placeholder="{amount}" maxlength="30"></label>
<label>Whose card it is
<input name="payer" placeholder="one the shop never sees again" maxlength="100" autocomplete="off"></label>
<label class="check"><input name="forge" type="checkbox" value="true"> Forge the signature</label>
<label class="check"><input name="refunds_fail" type="checkbox" value="true"> Let refunds fail later</label>
</details>
</form>"""
