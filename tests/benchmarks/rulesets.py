"""How is W1 written as rulesets, and read by the real pipeline?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import resources

from engine.documents.model import AnyDocument
from engine.facts.cart import Cart, CouponEntry, Line
from engine.facts.vocabulary import Vocabulary, read_vocabulary
from engine.pipeline import Reading, compile_book, read_ruleset
from engine.runtime.book import Book
from engine.text.diagnostics import Diagnostic, has_errors
from engine.text.source import Source
from tests.benchmarks import workload as w1
from tests.benchmarks.workload import CartData, LineRule, OrderRule

CURRENCY = "BRL"
NOW = 1_795_262_400_000_000  # 2026-11-21T12:00:00Z in microseconds


class BadBenchmark(Exception):
    """A generated ruleset does not read without errors, or engines disagree: the figures would mean nothing."""


def money(minor: int) -> str:
    """An amount as it is written in a ruleset."""
    return f'"{minor // 100}.{minor % 100:02}"'


def head(kind: str) -> str:
    currency = "" if kind == "tax" else f"currency: {CURRENCY}\n"
    return f"ruleset: {kind}\nname: bench\nversion: 1\nvocabulary: checkout/1\n{currency}"


def promotions_text(rules: Iterable[str]) -> str:
    """A promotions ruleset with the lanes `products` and `order` around rules that are already written."""
    lanes = "lanes:\n  - {id: products, pick: best, stage: lines}\n  - {id: order, pick: best, stage: order}\n"
    return head("promotions") + lanes + "rules:\n" + "".join(f"  - {rule}\n" for rule in rules)


def line_rule(rule: LineRule) -> str:
    """A rule on lines, in the ruleset language."""
    where = []
    if rule.category:
        where.append(f"line.category: {{under: {rule.category}}}")
    if rule.brand:
        where.append(f"line.brand: {rule.brand}")
    if rule.min_quantity:
        where.append(f"line.quantity: {{at_least: {rule.min_quantity}}}")
    when = f"when: {{customer.group: {rule.group}}}, " if rule.group else ""
    gives = f"amount_off: {money(rule.amount)}, per: unit" if rule.amount else f"percent_off: {rule.percent}"
    return f"{{id: {rule.id}, lane: products, {when}then: {{{gives}, where: {{{', '.join(where)}}}}}}}"


def order_rule(rule: OrderRule) -> str:
    """A rule on the order, in the ruleset language."""
    when = [f"subtotal.after_line_discounts: {{at_least: {money(rule.threshold)}}}"]
    if rule.group:
        when.append(f"customer.group: {rule.group}")
    if rule.region:
        when.append(f"destination.region: {rule.region}")
    gives = f"amount_off: {money(rule.amount)}, per: order" if rule.amount else f"percent_off: {rule.percent}"
    return f"{{id: {rule.id}, lane: order, when: {{{', '.join(when)}}}, then: {{{gives}, on: order}}}}"


def texts(size: int) -> dict[str, str]:
    """All rulesets of W1 at a size, by kind."""
    lines, orders = w1.rules(size)
    return {
        "promotions": promotions_text([*map(line_rule, lines), *map(order_rule, orders)]),
        **other_texts(),
    }


def other_texts() -> dict[str, str]:
    """Coupon, tariff and tax, the same at every size."""
    return {"coupons": _coupons(), "shipping": _shipping(), "tax": _tax()}


def _coupons() -> str:
    return f"""{head("coupons")}coupons:
  - id: bench-10
    codes: [{w1.COUPON_CODE}]
    when:
      subtotal.after_order_discounts: {{at_least: {money(w1.COUPON_FROM)}}}
      customer.group: {{in: [{", ".join(w1.COUPON_GROUPS)}]}}
      customer.orders_paid: {{at_least: {w1.COUPON_ORDERS}}}
      cart.item_count: {{at_least: {w1.COUPON_UNITS}}}
      channel: {{in: [{", ".join(w1.COUPON_CHANNELS)}]}}
      destination.country: {w1.COUPON_COUNTRY}
    then: {{percent_off: {w1.COUPON_PERCENT}, on: order, cap: {money(w1.COUPON_CAP)}}}
"""


def _shipping() -> str:
    zones, rates = [], []
    for zone, countries, regions in w1.ZONES:
        where = f"destination.country: {{in: [{', '.join(countries)}]}}"
        if regions:
            where += f", destination.region: {{in: [{', '.join(regions)}]}}"
        zones.append(f"  - {{id: {zone}, where: {{{where}}}}}\n")
        rows = [
            f"{{up_to: {limit}g, price: {money(price)}}}"
            for limit, price in zip(w1.BANDS, w1.PRICES[zone], strict=True)
        ]
        rates.append(f"      {zone}: {{bands: {{by: shipment.weight_g, rows: [{', '.join(rows)}]}}}}\n")
    return (
        head("shipping")
        + "zones:\n"
        + "".join(zones)
        + "methods:\n  - id: standard\n    name: {en: Standard}\n    rates:\n"
        + "".join(rates)
        + f"    free_from: {{amount: {money(w1.FREE_FROM)}, of: subtotal.after_discounts, tax: included}}\n"
    )


def _tax() -> str:
    rates = "".join(
        f"  - {{id: {country.lower()}, where: {{destination.country: {country}}}, percent: {percent}}}\n"
        for country, percent in w1.TAX_PERCENT.items()
    )
    return f"{head('tax')}prices: included\nlevel: total\nrates:\n{rates}"


# through the pipeline ------------------------------------------------------------------------------------------


def vocabularies() -> Mapping[str, Vocabulary]:
    """The vocabularies that come with the rules."""
    found = {}
    for entry in (resources.files("rules") / "vocabularies").iterdir():
        if entry.name.endswith(".yaml"):
            vocabulary, faults = read_vocabulary(Source(entry.name, entry.read_text(encoding="utf-8")))
            if vocabulary is None:
                raise BadBenchmark(_told(faults))
            found[vocabulary.ref] = vocabulary
    return found


def read(text: str, known: Mapping[str, Vocabulary]) -> Reading:
    """One generated ruleset, read; BadBenchmark when it has errors."""
    reading = read_ruleset(Source("bench.yaml", text), vocabularies=known, attachments=lambda _: None)
    if reading.document is None or has_errors(reading.diagnostics):
        raise BadBenchmark(_told(reading.diagnostics))
    return reading


def documents(given: Mapping[str, str], known: Mapping[str, Vocabulary]) -> dict[str, AnyDocument]:
    """Generated rulesets as documents, by kind."""
    found: dict[str, AnyDocument] = {}
    for kind, text in given.items():
        document = read(text, known).document
        assert document is not None
        found[kind] = document
    return found


def book(given: Mapping[str, AnyDocument], known: Mapping[str, Vocabulary]) -> Book:
    """The documents, compiled."""
    return compile_book(given, CURRENCY, known["checkout/1"])


def _told(faults: Iterable[Diagnostic]) -> str:
    return "\n".join(f"{fault.code} {fault.span}: {fault.message}" for fault in list(faults)[:5])


# carts ---------------------------------------------------------------------------------------------------------


def cart(data: CartData) -> Cart:
    """A cart of W1, conformed to the vocabulary as a scenario would be."""
    facts: dict[str, int | str] = {
        "customer.group": data.group,
        "customer.orders_paid": data.orders_paid,
        "channel": data.channel,
        "destination.country": data.country,
    }
    if data.region:
        facts["destination.region"] = data.region
    lines = []
    for number, line in enumerate(data.lines, start=1):
        line_facts: dict[str, int | str] = {
            "line.sku": line.sku,
            "line.category": f"{line.category}/",
            "line.brand": line.brand,
            "line.quantity": line.quantity,
            "line.list_price": line.price,
            "line.tax_class": "standard",
            "line.weight_g": line.weight_g,
        }
        lines.append(
            Line(
                id=f"L{number}",
                sku=line.sku,
                quantity=line.quantity,
                list_price=line.price,
                facts=line_facts,
                weight_g=line.weight_g,
            )
        )
    coupons = (CouponEntry(code=w1.COUPON_CODE),) if data.coupon else ()
    return Cart(currency=CURRENCY, now=NOW, lines=tuple(lines), facts=facts, coupons=coupons, customer_id="c1")
