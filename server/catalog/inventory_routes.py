"""The addresses of the inventory."""

from __future__ import annotations

from server.catalog import inventory
from server.catalog.inventory_errors import ADJUSTMENT_INVALID, SKU_UNKNOWN, STOCK_SHORT
from server.catalog.inventory_levels import StockChange, StockLevel, StockMovement
from server.catalog.inventory_schemas import (
    AdjustedLineView,
    AdjustmentBody,
    AdjustmentView,
    InventoryQuery,
    LevelView,
    MovementsQuery,
    MovementView,
    SkuPath,
    ThresholdBody,
)
from server.web.call import Call
from server.web.endpoint import Reply, Routes
from server.web.pages import Page, page, position

routes = Routes("Inventory")


@routes.get("/inventory", needs="inventory.read")
async def list_inventory(call: Call, query: InventoryQuery) -> Reply[Page[LevelView]]:
    """Stock levels by SKU.

    `state` keeps those that are in stock, low (at or below their threshold) or sold out.
    """
    at = position(call, query)
    levels = await inventory.list_levels(call, query.state, query.sku_prefix, at)
    return page(call, query, at, levels, lambda level: [level.sku], _level_view)


@routes.get("/inventory/{sku}", needs="inventory.read", errors=(SKU_UNKNOWN,))
async def read_inventory(call: Call, path: SkuPath) -> LevelView:
    """The stock level of one variant."""
    return _level_view(await inventory.read_level(call, path.sku))


@routes.get("/inventory/{sku}/movements", needs="inventory.read", errors=(SKU_UNKNOWN,))
async def list_movements(call: Call, path: SkuPath, query: MovementsQuery) -> Reply[Page[MovementView]]:
    """The ledger of one variant, newest first: every change of what is on hand."""
    at = position(call, query)
    movements = await inventory.read_movements(call, path.sku, at)
    return page(call, query, at, movements, _movement_keys, _movement_view)


@routes.put("/inventory/{sku}/threshold", needs="inventory.adjust", errors=(SKU_UNKNOWN,))
async def set_threshold(call: Call, path: SkuPath, body: ThresholdBody) -> LevelView:
    """Set from how many available pieces on a variant counts as low; null: never."""
    return _level_view(await inventory.set_threshold(call, path.sku, body.low_stock_threshold))


@routes.post(
    "/inventory/adjustments",
    needs="inventory.adjust",
    errors=(ADJUSTMENT_INVALID, STOCK_SHORT),
    status=201,
    idempotency="required",
)
async def adjust_inventory(call: Call, body: AdjustmentBody) -> AdjustmentView:
    """Book what was received, counted, damaged, lost or found: all lines, or none.

    A line gives `delta`, what is added or taken away, or `counted`, what is there now. No level goes below zero, nor
    below what orders have reserved; the answer then names every such line with what is there.
    """
    adjustment_id, changes = await inventory.adjust(call, body.lines)
    return AdjustmentView(id=adjustment_id, lines=[_adjusted_view(change) for change in changes])


def _level_view(level: StockLevel) -> LevelView:
    return LevelView(
        sku=level.sku,
        variant_id=level.variant_id,
        variant_name=level.variant_name,
        product_slug=level.product_slug,
        product_name=level.product_name,
        on_hand=level.on_hand,
        reserved=level.reserved,
        available=level.available,
        low_stock_threshold=level.low_stock_threshold,
        state=level.state,
        updated_at=level.updated_at,
    )


def _adjusted_view(change: StockChange) -> AdjustedLineView:
    level = change.after
    return AdjustedLineView(
        sku=level.sku, delta=change.delta, on_hand=level.on_hand, available=level.available, state=level.state
    )


def _movement_keys(movement: StockMovement) -> list[str]:
    return [movement.created_at.isoformat(), str(movement.id)]


def _movement_view(movement: StockMovement) -> MovementView:
    return MovementView(
        id=movement.id,
        delta=movement.delta,
        on_hand_after=movement.on_hand_after,
        reason=movement.reason,
        reference_type=movement.reference_type,
        reference_id=movement.reference_id,
        note=movement.note,
        actor_id=movement.actor_id,
        created_at=movement.created_at,
    )
