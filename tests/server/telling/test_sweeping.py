"""What people were told long ago is forgotten, and what was seen; what still waits never is."""

from __future__ import annotations

from server.background.sweeping import sweep
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction

_MESSAGE = """
INSERT INTO messages (id, store_id, key, channel, category, template, address, locale, state, next_try_at, created_at)
SELECT gen_random_uuid(), $1, gen_random_uuid()::text, 'email', 'order', 'own', 'ana@example.com', 'en', s.state,
       CASE WHEN s.state = 'waiting' THEN now() END, now() - make_interval(days => d.age)
  FROM unnest(ARRAY['waiting', 'sent', 'dead']) AS s (state), unnest(ARRAY[399, 401]) AS d (age)
"""
_FIRING = """
INSERT INTO signal_firings (id, store_id, key, signal, ruleset, fired_at, same, explanation, effects)
SELECT gen_random_uuid(), $1, gen_random_uuid()::text, 'a', '{}', now() - make_interval(days => d.age), '{}', '{}', '[]'
  FROM unnest(ARRAY[399, 401]) AS d (age)
"""
_LIMITS = """
INSERT INTO notice_limits (store_id, key, free_at)
VALUES ($1, 'over', now()), ($1, 'not yet', now() + interval '1 day'), ($1, 'never', 'infinity')
"""
_LEFT = """
SELECT (SELECT string_agg(state, ' ' ORDER BY state, created_at) FROM messages) AS messages,
       (SELECT count(*) FROM signal_firings) AS firings,
       (SELECT string_agg(key, ', ' ORDER BY key) FROM notice_limits) AS limits
"""


async def test_what_is_older_than_the_settings_say_goes_but_nothing_that_waits(shop: Shop, store: Store) -> None:
    async def fill(tx: Transaction) -> None:
        for statement in (_MESSAGE, _FIRING, _LIMITS):
            await tx.execute(statement, store.id)

    await shop.database.transaction(store.id, fill)
    assert await sweep(shop, store) == 2 + 1 + 1
    left = await shop.database.transaction(store.id, lambda tx: tx.fetchrow(_LEFT))
    assert left is not None
    assert tuple(left) == ("dead sent waiting waiting", 1, "never, not yet")
    assert await sweep(shop, store) == 0
