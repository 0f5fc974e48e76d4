DROP INDEX offers_by_end, products_live_by_price;
DROP TRIGGER variants_priced_delete ON variants;
DROP TRIGGER variants_priced_update ON variants;
DROP TRIGGER variants_priced_insert ON variants;
DROP FUNCTION refresh_base_prices();
ALTER TABLE products DROP COLUMN base_price;
