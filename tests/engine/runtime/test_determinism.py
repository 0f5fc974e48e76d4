"""Is a decision the same in every process, however its hashes are seeded?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]

DECIDE = """
from hashlib import sha256
from engine.runtime.explain import explain
from engine.runtime.hints import hints
from engine.runtime.json import to_json
from engine.pipeline import evaluate
from tests.engine.runtime.books import book, cart

three = {"percent_off": 3, "on": "order"}
rules = book(
    pricing={"rules": [{"id": "old", "where": {"line.tags": {"any_of": ["b", "c", "a"]}}, "then": {"percent_off": 7}}]},
    promotions={
        "lanes": [{"id": "l", "pick": "best", "stage": "lines"}, {"id": "o", "stage": "order"}],
        "rules": [
            {"id": "r1", "lane": "l", "then": {"percent_off": 5, "where": {"line.tags": {"none_of": ["z", "y"]}}}},
            {"id": "r2", "lane": "l", "then": {"cheapest_free": {"buy": 3, "free": 1}}, "exclusive_with": ["o", "r1"]},
            {"id": "r3", "lane": "o", "when": {"customer.tags": {"all_of": ["x", "w"]}}, "then": three},
            {"id": "r4", "lane": "o", "when": {"subtotal.items": {"at_least": "99.00"}}, "then": three},
        ],
    },
    tax={"prices": "included", "shipping": "pro_rata", "rates": [
        {"id": "b", "where": {"line.tags": {"any_of": ["b"]}}, "percent": 7}, {"id": "s", "percent": 19}]},
    shipping={"shipments": "seller", "methods": [{"id": "m", "rate": {"flat": "3.33"}}]},
)
asked = cart({
    "customer": {"tags": ["x", "w", "v", "u"]},
    "lines": [
        {"sku": f"S{n}", "price": f"{n}.37", "quantity": n, "seller": f"s{n % 3}", "tags": list("abcd")[: n % 5]}
        for n in range(1, 9)
    ],
})
decision = evaluate(rules, asked, trace=True)
said = explain(rules, asked, "full").sentences
print(sha256(to_json(decision) + repr(said).encode() + repr(hints(rules, asked, decision)).encode()).hexdigest())
"""


def digest(seed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", DECIDE],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_decision_explanation_and_hints_do_not_depend_on_the_seed_of_hashes() -> None:
    assert len({digest(seed) for seed in ("0", "1", "4711")}) == 1
