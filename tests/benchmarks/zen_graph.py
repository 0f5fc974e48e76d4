"""How is W1 written for zen-engine, so that it is as fast there as its language allows?

One decision graph and one call per cart: a table per lane with hit policy collect, a first-hit table for the tariff,
expression nodes between them. Nodes pass on only what the next one reads, output cells are worked out for hits only,
and expressions are compiled once (`ZenDecisionContent`).

There are two encodings of a category. As *equality*, the caller splits the path and a column asks for the first part
and another for the whole; then zen hardly grows with the rows, and it is the fastest we found. As *prefix*, a cell
asks `startsWith($, "home/")`, which holds for a tree of any depth as ours does; then its time grows with the rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Literal

import zen

from tests.benchmarks import workload as w1
from tests.benchmarks.complete import Complete, complete
from tests.benchmarks.workload import CartData, LineRule, OrderRule, Rules, Totals

Context = dict[str, object]
Categories = Literal["equality", "prefix"]
Node = dict[str, object]


def zen_context(cart: CartData) -> Context:
    """A cart as zen takes it fastest: a dictionary with the sums of lines worked out beforehand."""
    lines: list[Context] = [
        {
            "category": line.category,
            "path": f"{line.category}/",
            "top": line.category.split("/")[0],
            "brand": line.brand,
            "quantity": line.quantity,
            "amount": line.quantity * line.price,
            "group": cart.group,
        }
        for line in cart.lines
    ]
    return {
        "lines": lines,
        "amounts": [line.quantity * line.price for line in cart.lines],
        "items": sum(line.quantity * line.price for line in cart.lines),
        "units": sum(line.quantity for line in cart.lines),
        "weight": sum(line.quantity * line.weight_g for line in cart.lines),
        "group": cart.group,
        "orders_paid": cart.orders_paid,
        "channel": cart.channel,
        "country": cart.country,
        "region": cart.region,
        "coupon": cart.coupon,
        "tax_percent": w1.TAX_PERCENT[cart.country],
    }


def zen_totals(rules: Rules, categories: Categories = "equality") -> Callable[[Context], Totals]:
    """The five totals, worked out by zen-engine alone."""
    evaluate = _decision(rules, categories, postings=False).evaluate

    def totals(context: Context) -> Totals:
        result = evaluate(context)["result"]
        return Totals(
            int(result["items"]),
            int(result["discount"]),
            int(result["shipping"]),
            int(result["tax"]),
            int(result["total"]),
        )

    return totals


def zen_complete(rules: Rules) -> Callable[[Context], Complete]:
    """The complete result: zen-engine says which rules hit with how much, Python chooses, shares and posts."""
    evaluate = _decision(rules, "equality", postings=True).evaluate

    def decide(context: Context) -> Complete:
        result = evaluate(context)["result"]
        hits = [[(int(hit["saving"]), hit["rule"]) for hit in line] for line in result["lines"]]
        steps = [(int(hit["saving"]), hit["rule"]) for hit in result["steps"]]
        amounts = context["amounts"]
        percent = context["tax_percent"]
        assert isinstance(amounts, list)
        assert isinstance(percent, int)
        return complete(amounts, hits, steps, int(result["coupon"]), int(result["price"]), percent)

    return decide


def _decision(rules: Rules, categories: Categories, *, postings: bool) -> zen.ZenDecision:
    content = zen.ZenDecisionContent(json.dumps(graph(rules, categories, postings=postings)))
    return zen.ZenEngine().create_decision(content)


def graph(rules: Rules, categories: Categories, *, postings: bool) -> Mapping[str, object]:
    """The decision graph of W1; for postings it hands over the hits, otherwise the totals."""
    line_rules, order_rules = rules
    outputs = ("saving", "rule") if postings else ("saving",)
    nodes: list[Node] = [
        {"id": "cart", "name": "cart", "type": "inputNode", "content": {}},
        _line_lane(line_rules, categories, outputs),
        _expressions(
            "products",
            {
                "left": "$nodes.cart.items - sum(map(hits, len(#) > 0 ? max(map(#, #.saving)) : 0))",
                "group": "$nodes.cart.group",
                "region": "$nodes.cart.region",
            },
        ),
        _order_lane(order_rules, outputs),
        _expressions(
            "order",
            {
                "before": "$nodes.products.left - (len(hits) > 0 ? max(map(hits, #.saving)) : 0)",
                "coupon": f"{_coupon_holds()} ? {_coupon_gives()} : 0",
                "left": "$.before - $.coupon",
                "country": "$nodes.cart.country",
                "region": "$nodes.cart.region",
                "weight": "$nodes.cart.weight",
            },
        ),
        _tariff(),
        _expressions("total", _HITS if postings else _totals()),
        {"id": "out", "name": "out", "type": "outputNode", "content": {}},
    ]
    names = [str(node["id"]) for node in nodes]
    edges = [
        {"id": f"{source}-{target}", "sourceId": source, "targetId": target, "type": "edge"}
        for source, target in pairwise(names)
    ]
    return {"nodes": nodes, "edges": edges}


_HITS = {
    "lines": "$nodes.lane.hits",
    "steps": "$nodes.orders.hits",
    "coupon": "$nodes.order.coupon",
    "price": "price",
}


def _totals() -> dict[str, str]:
    return {
        "items": "$nodes.cart.items",
        "discount": "$nodes.cart.items - $nodes.order.left",
        "shipping": f"$nodes.order.left >= {w1.FREE_FROM} ? 0 : price",
        "tax": _contained("($nodes.order.left + $.shipping)"),
        "total": "$nodes.order.left + $.shipping",
    }


def _line_lane(rules: Iterable[LineRule], categories: Categories, outputs: Iterable[str]) -> Node:
    rows = []
    for rule in rules:
        row = {
            "_id": rule.id,
            "brand": f'"{rule.brand}"' if rule.brand else "",
            "quantity": f">= {rule.min_quantity}" if rule.min_quantity else "",
            "group": f'"{rule.group}"' if rule.group else "",
            "saving": f"floor((amount * {rule.percent} + 50) / 100)" if rule.percent else f"{rule.amount} * quantity",
            "rule": f'"{rule.id}"',
        }
        if categories == "prefix":
            row["path"] = f'startsWith($, "{rule.category}/")' if rule.category else ""
        else:
            row["top"] = f'"{rule.category.split("/")[0]}"' if rule.category else ""
            row["category"] = f'"{rule.category}"' if "/" in rule.category else ""
        rows.append(row)
    by_category = ("path",) if categories == "prefix" else ("top", "category")
    table = _table("lane", ("brand", *by_category, "quantity", "group"), outputs, rows, "collect")
    return _with(table, executionMode="loop", inputField="lines", outputPath="hits")


def _order_lane(rules: Iterable[OrderRule], outputs: Iterable[str]) -> Node:
    rows = [
        {
            "_id": rule.id,
            "left": f">= {rule.threshold}",
            "group": f'"{rule.group}"' if rule.group else "",
            "region": f'"{rule.region}"' if rule.region else "",
            "saving": f"floor((left * {rule.percent} + 50) / 100)" if rule.percent else str(rule.amount),
            "rule": f'"{rule.id}"',
        }
        for rule in rules
    ]
    return _with(_table("orders", ("left", "group", "region"), outputs, rows, "collect"), outputPath="hits")


def _tariff() -> Node:
    rows = [
        {
            "_id": f"{zone}-{limit}",
            "country": ", ".join(f'"{country}"' for country in countries),
            "region": ", ".join(f'"{region}"' for region in regions),
            "weight": f"<= {limit}",
            "price": str(price),
        }
        for zone, countries, regions in w1.ZONES
        for limit, price in zip(w1.BANDS, w1.PRICES[zone], strict=True)
    ]
    return _table("tariff", ("country", "region", "weight"), ("price",), rows, "first")


def _coupon_holds() -> str:
    cart = "$nodes.cart"
    return " and ".join(
        (
            f"{cart}.coupon",
            f"$.before >= {w1.COUPON_FROM}",
            f"{cart}.group in {list(w1.COUPON_GROUPS)}",
            f"{cart}.orders_paid >= {w1.COUPON_ORDERS}",
            f"{cart}.units >= {w1.COUPON_UNITS}",
            f"{cart}.channel in {list(w1.COUPON_CHANNELS)}",
            f"{cart}.country == '{w1.COUPON_COUNTRY}'",
        )
    )


def _coupon_gives() -> str:
    return f"min([floor(($.before * {w1.COUPON_PERCENT} + 50) / 100), {w1.COUPON_CAP}])"


def _contained(gross: str) -> str:
    whole = "(100 + $nodes.cart.tax_percent)"
    return f"({gross} - floor((200 * {gross} + {whole}) / (2 * {whole})))"


# nodes ---------------------------------------------------------------------------------------------------------


def _table(
    name: str, inputs: Iterable[str], outputs: Iterable[str], rows: list[dict[str, str]], hit_policy: str
) -> Node:
    content = {
        "hitPolicy": hit_policy,
        "inputs": [{"id": field, "name": field, "field": field} for field in inputs],
        "outputs": [{"id": field, "name": field, "field": field} for field in outputs],
        "rules": rows,
        "passThrough": False,
    }
    return {"id": name, "name": name, "type": "decisionTableNode", "content": content}


def _with(node: Node, **settings: str) -> Node:
    content = node["content"]
    assert isinstance(content, dict)
    return {**node, "content": {**content, **settings}}


def _expressions(name: str, values: Mapping[str, str]) -> Node:
    expressions = [{"id": f"{name}-{key}", "key": key, "value": value} for key, value in values.items()]
    content = {"expressions": expressions, "passThrough": False}
    return {"id": name, "name": name, "type": "expressionNode", "content": content}
