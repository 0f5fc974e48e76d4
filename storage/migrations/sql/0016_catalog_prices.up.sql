-- What the cheapest active variant costs without offers, kept with the product so that lists by price stop after a
-- page; NULL when there is nothing to buy. Offers come and go with time, so lists look at the few that are on.
ALTER TABLE products ADD COLUMN base_price bigint;

-- The products are locked before their variants are looked at: of two who change variants of one product at the same
-- moment, the later one then sees what the earlier one did.
CREATE FUNCTION refresh_base_prices() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM FROM products WHERE id IN (SELECT product_id FROM changed) ORDER BY id FOR NO KEY UPDATE;
    UPDATE products p SET base_price = now_.price
      FROM (SELECT c.product_id, (SELECT min(least(v.sale_price, v.list_price)) FROM variants v
                                   WHERE v.store_id = c.store_id AND v.product_id = c.product_id
                                     AND v.status = 'active') AS price
              FROM (SELECT DISTINCT store_id, product_id FROM changed) c) AS now_
     WHERE p.id = now_.product_id AND p.base_price IS DISTINCT FROM now_.price;
    RETURN NULL;
END
$$;

CREATE TRIGGER variants_priced_insert AFTER INSERT ON variants
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_base_prices();
CREATE TRIGGER variants_priced_update AFTER UPDATE ON variants
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_base_prices();
CREATE TRIGGER variants_priced_delete AFTER DELETE ON variants
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_base_prices();

CREATE INDEX products_live_by_price ON products (store_id, base_price, id)
    WHERE status = 'active' AND base_price IS NOT NULL;
CREATE INDEX offers_by_end ON offers (store_id, ends_at);
