"""What does a promotions document say: which discounts are given without a code?"""

from __future__ import annotations

from typing import Final, Literal

from engine.documents.common import common_parts
from engine.documents.model import Lane, LaneStage, Limits, Promotion, PromotionsDocument
from engine.documents.places import Place, cart_at
from engine.documents.read_effects import read_effect, stages_of
from engine.documents.reading import Ids, Reader
from engine.text.nodes import Mapping, Node, Scalar
from engine.text.nodes import Sequence as ListNode

Pick = Literal["best", "all", "first"]
STAGES: Final[tuple[LaneStage, ...]] = ("lines", "order", "shipping")
PICKS: Final[tuple[Pick, ...]] = ("best", "all", "first")
PLACES: Final[dict[LaneStage, Place]] = {
    "lines": cart_at("pricing"),
    "order": cart_at("line_promotions"),
    "shipping": cart_at("shipping"),
}
"""A rule reads what exists before its own stage."""


def read_promotions(reader: Reader, fields: Mapping) -> PromotionsDocument:
    """The typed document; whatever has a fault is reported and left out."""
    rules_node = reader.required(fields, "rules")
    lanes = _lanes(reader, reader.required(fields, "lanes"), _natural_stages(rules_node))
    ids = Ids(reader, "rule")
    others = {*lanes, *_written_ids(rules_node), "all"}
    rules = [_rule(reader, rule, ids, lanes, others) for rule in reader.mappings(rules_node)]
    return PromotionsDocument(
        lanes=tuple(lanes.values()),
        rules=tuple(rule for rule in rules if rule is not None),
        **common_parts(reader, fields),
    )


def read_limits(reader: Reader, node: Node | None) -> Limits:
    """How often and how much a promotion or coupon may give."""
    fields = reader.mapping(node)
    if fields is None:
        return Limits()
    return Limits(
        per_order=reader.integer(fields.get("per_order"), 1),
        per_customer=reader.integer(fields.get("per_customer"), 1),
        total=reader.integer(fields.get("total"), 1),
        per_code=reader.integer(fields.get("per_code"), 1),
        budget=reader.price(fields.get("budget")),
    )


def _rule(reader: Reader, fields: Mapping, ids: Ids, lanes: dict[str, Lane], others: set[str]) -> Promotion | None:
    rule_id = ids.claim(fields)
    lane_id = reader.reference(reader.required(fields, "lane"), lanes, "lane")
    then = reader.required(fields, "then")
    stages = stages_of(then)
    lane = None if lane_id is None else lanes[lane_id]
    stage = lane.stage if lane else stages[0] if stages else "lines"
    place = PLACES[stage]
    when = reader.condition(fields.get("when"), place)
    effect = read_effect(reader, then, place)
    if lane is not None and then is not None and stages and lane.stage not in stages:
        message = f"the effect is on {stages[0]}, but lane '{lane.id}' is of stage {lane.stage}"
        reader.report("RS325", message, then.span, hint="move the rule to a lane of its stage")
        return None
    window, limits = reader.window(fields), read_limits(reader, fields.get("limits"))
    priority = reader.integer(fields.get("priority"), -(10**6), 10**6) or 0
    exclusive = reader.references(fields.get("exclusive_with"), others, "rule or lane")
    message_texts = reader.message(fields.get("message"))
    when_node = fields.get("when")
    if rule_id is None or lane is None or effect is None or then is None:
        return None
    return Promotion(
        id=rule_id,
        lane=lane.id,
        then=effect,
        when=when,
        window=window,
        priority=priority,
        limits=limits,
        exclusive_with=exclusive,
        message=message_texts,
        span=fields.span,
        when_span=None if when_node is None else when_node.span,
        then_span=then.span,
    )


def _lanes(reader: Reader, node: Node | None, natural: dict[str, LaneStage]) -> dict[str, Lane]:
    ids = Ids(reader, "lane")
    lanes: dict[str, Lane] = {}
    for fields in reader.mappings(node):
        lane_id = ids.claim(fields)
        pick = reader.choice(fields.get("pick"), PICKS, "best")
        if lane_id is None or lane_id in lanes:
            continue
        stage = reader.choice(fields.get("stage"), STAGES, natural.get(lane_id, "lines"))
        lanes[lane_id] = Lane(id=lane_id, pick=pick, stage=stage, span=fields.span)
    return lanes


def _natural_stages(rules: Node | None) -> dict[str, LaneStage]:
    """Lane id -> the stage of its rules, for lanes that do not say it; an effect that fits one stage only decides."""
    decided: dict[str, LaneStage] = {}
    possible: dict[str, LaneStage] = {}
    for rule in rules.items if isinstance(rules, ListNode) else ():
        lane = rule.get("lane") if isinstance(rule, Mapping) else None
        stages = stages_of(rule.get("then")) if isinstance(rule, Mapping) else ()
        if isinstance(lane, Scalar) and stages:
            kept = decided if len(stages) == 1 else possible
            kept.setdefault(lane.text, stages[0])
    return {**possible, **decided}


def _written_ids(rules: Node | None) -> set[str]:
    items = rules.items if isinstance(rules, ListNode) else ()
    ids = (rule.get("id") for rule in items if isinstance(rule, Mapping))
    return {node.text for node in ids if isinstance(node, Scalar)}
