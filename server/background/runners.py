"""Who does which kind of work? Each kind that stores_with_due_work() names has its runner, put in place by app.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from server.web.call import Resource, Shop
from storage.tenancy import Store

Runner = Callable[[Shop, Store], Awaitable[int]]
"""Does what is due in one store, and says how many things it did; 0 when others were faster.

It is called again at once until it says 0, so it may stop after a batch, and what it did must not be due any more. It
claims rows with SKIP LOCKED, in transactions of its own, and may be ended at any await: what it then had not committed
is due again.
"""

RUNNERS: Final = Resource[Mapping[str, Runner]]("background.runners")
