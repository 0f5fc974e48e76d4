"""Where do two tax rulesets tax something at another rate, or split it otherwise?"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from engine.documents.model import TaxDocument, TaxRate
from engine.equivalence.algebra import EVERYWHERE
from engine.equivalence.clauses import Clause, Unlike, unlike_lists, unlike_sets
from engine.equivalence.model import Gap
from engine.equivalence.places import heads, responsible
from engine.equivalence.sides import Side, Sides

_EXEMPT = "exempt"


def tax_gaps(sides: Sides) -> Iterator[Gap]:
    """The gaps of tax. Rates decide amounts without tax at earlier stages too, always by the same look-up."""
    old, new = sides.old.tax, sides.new.tax
    if old is None and new is None:
        return
    if old is None or new is None:
        places = heads(old, new)
        yield Gap(stage="tax", kind="tax", rule="", boxes=EVERYWHERE, about="only one side has taxes",
                  old=places.old, new=places.new)  # fmt: skip
        return
    yield from _settings(sides, old, new)
    yield from _rates(sides, old, new)
    yield from _exemptions(sides, old, new)


def _settings(sides: Sides, old: TaxDocument, new: TaxDocument) -> Iterator[Gap]:
    places = heads(old, new)
    for name in ("prices", "level", "target", "shipping"):
        if getattr(old, name) != getattr(new, name):
            yield Gap(stage="tax", kind="tax", rule=name, boxes=EVERYWHERE, about=f"`{name}` of the taxes differs",
                      old=places.old, new=places.new)  # fmt: skip
    if old.head.rounding != new.head.rounding:
        yield Gap(stage="tax", kind="tax", rule="rounding", boxes=EVERYWHERE, about="tax is rounded otherwise",
                  old=places.old, new=places.new)  # fmt: skip
    if old.otherwise != new.otherwise:
        taken = [box for rate in new.rates for box in sides.new.boxes("tax", rate.window, rate.where)]
        boxes = tuple(sides.algebra.only_in(EVERYWHERE, taken))
        if boxes:
            yield Gap(stage="tax", kind="tax", rule="otherwise", boxes=boxes, old=places.old, new=places.new,
                      about="what no rate matches is treated otherwise")  # fmt: skip


def _rates(sides: Sides, old: TaxDocument, new: TaxDocument) -> Iterator[Gap]:
    by_rate = _counts_by_rate(old) or _counts_by_rate(new)
    if by_rate and [_name(rate, old, new) for rate in old.rates] != [_name(rate, new, old) for rate in new.rates]:
        places = heads(old, new)
        yield Gap(stage="tax", kind="tax", rule="rates", boxes=EVERYWHERE, old=places.old, new=places.new,
                  about="amounts are shared over the rates in another order")  # fmt: skip
    found = unlike_lists(_clauses(sides.old, old, new, by_rate), _clauses(sides.new, new, old, by_rate), sides.algebra)
    before, after = ({rate.id: rate for rate in document.rates} for document in (old, new))
    groups: dict[tuple[str, str], list[Unlike]] = {}
    for unlike in found:
        names = [clauses[0].rule if clauses else "" for clauses in (unlike.old, unlike.new)]
        groups.setdefault((names[0], names[1]), []).append(unlike)
    for (ours, theirs), unlikes in groups.items():
        one, other = before.get(ours), after.get(theirs)
        places = responsible(one, other)
        rate = other or one
        yield Gap(
            stage="tax",
            kind="tax",
            rule=theirs or ours,
            boxes=tuple(dict.fromkeys(box for unlike in unlikes for box in unlike.boxes)),
            about="the rate is another one",
            old=places.old,
            new=places.new,
            needs=() if rate is None else ((rate.where, 1),),
            cheaper=_is_cheaper(one, other, old, new),
        )


def _counts_by_rate(document: TaxDocument) -> bool:
    """Whether amounts are rounded, or shared, once per rate: then two equal rates are not one."""
    return document.level == "total" or document.shipping == "pro_rata"


def _clauses(side: Side, document: TaxDocument, other: TaxDocument, by_rate: bool) -> list[Clause]:
    clauses = []
    for rate in document.rates:
        gives: Hashable = (rate.percent, _name(rate, document, other)) if by_rate else rate.percent
        clauses.append(Clause(rate.id, gives, side.boxes("tax", rate.window, rate.where)))
    return [clause for clause in clauses if clause.boxes]


def _name(rate: TaxRate, document: TaxDocument, other: TaxDocument) -> Hashable:
    """What tells a rate from an equal one: its id, or its place where the other side has no such id."""
    if any(each.id == rate.id for each in other.rates):
        return rate.id
    return document.rates.index(rate) if len(document.rates) == len(other.rates) else (document.head.hash, rate.id)


def _exemptions(sides: Sides, old: TaxDocument, new: TaxDocument) -> Iterator[Gap]:
    ours = [Clause(each.id, _EXEMPT, sides.old.boxes("tax", each.window, each.when)) for each in old.exemptions]
    theirs = [Clause(each.id, _EXEMPT, sides.new.boxes("tax", each.window, each.when)) for each in new.exemptions]
    before, after = ({each.id: each for each in document.exemptions} for document in (old, new))
    for unlike in unlike_sets(ours, theirs, sides.algebra, repeats=lambda _: False):
        name = (*unlike.old, *unlike.new)[0].rule
        places = responsible(before.get(name), after.get(name))
        yield Gap(stage="tax", kind="tax", rule=name, boxes=unlike.boxes, about="other carts are exempt",
                  old=places.old, new=places.new, cheaper=_exempts_more(unlike, old, new))  # fmt: skip


def _exempts_more(unlike: Unlike, old: TaxDocument, new: TaxDocument) -> bool:
    return old.prices == new.prices == "included" or not unlike.old


def _is_cheaper(one: TaxRate | None, other: TaxRate | None, old: TaxDocument, new: TaxDocument) -> bool:
    """Tax that is contained in prices adds nothing; of tax that is added, the lower rate does not add more."""
    if old.prices == new.prices == "included":
        return True
    if one is None or other is None or _counts_by_rate(old) or _counts_by_rate(new):
        return False
    return other.percent[0] * one.percent[1] <= one.percent[0] * other.percent[1]
