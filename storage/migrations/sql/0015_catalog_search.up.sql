-- Search behind functions. Under row-level security PostgreSQL may not use an index for an operator that could leak
-- what it reads (@@ and && are such), and would read every product of the store. These functions run with their
-- owner's rights, so they filter by the store themselves. They take it from the transaction, so nobody can ask for
-- another's.

CREATE FUNCTION catalog_store_lexeme() RETURNS tsquery
LANGUAGE sql STABLE
SET search_path = pg_catalog, public
AS $$ SELECT ('store' || replace(current_store_id()::text, '-', ''))::tsquery $$;

-- Products that have all the words of a tsquery, with their rank: higher is better, and exact as an integer.
CREATE FUNCTION catalog_matches(words text) RETURNS TABLE (product_id uuid, rank integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100
SET search_path = pg_catalog, public
AS $$
DECLARE
    wanted tsquery := to_tsquery('simple', words);
BEGIN
    RETURN QUERY
        SELECT p.id, (ts_rank(p.search, wanted) * 1000000)::integer
          FROM products p
         WHERE p.search @@ (wanted && catalog_store_lexeme()) AND p.store_id = current_store_id();
END
$$;

-- Products that have one of the "attribute:value" pairs.
CREATE FUNCTION catalog_with_pairs(pairs text[]) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100
SET search_path = pg_catalog, public
AS $$
BEGIN
    RETURN QUERY
        SELECT p.id FROM products p
         WHERE p.attribute_pairs && pairs AND p.search @@ catalog_store_lexeme() AND p.store_id = current_store_id();
END
$$;

-- Products that have the tag.
CREATE FUNCTION catalog_tagged(tag text) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100
SET search_path = pg_catalog, public
AS $$
BEGIN
    RETURN QUERY
        SELECT p.id FROM products p
         WHERE p.tags @> ARRAY[tag] AND p.search @@ catalog_store_lexeme() AND p.store_id = current_store_id();
END
$$;

-- Those of the given tsqueries that no product for sale answers, as their places in the array.
CREATE FUNCTION catalog_unanswered(queries text[]) RETURNS SETOF integer
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 5
SET search_path = pg_catalog, public
AS $$
BEGIN
    RETURN QUERY
        SELECT q.place::integer FROM unnest(queries) WITH ORDINALITY AS q (text, place)
         WHERE NOT EXISTS (
            SELECT FROM products p
             WHERE p.search @@ (to_tsquery('simple', q.text) && catalog_store_lexeme())
               AND p.store_id = current_store_id() AND p.status = 'active');
END
$$;

-- Every word that products for sale are found by, with the number of products that have it. Reads all of them, so it
-- is asked rarely and remembered.
CREATE FUNCTION catalog_words() RETURNS TABLE (word text, products integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000
SET search_path = pg_catalog, public
AS $$
BEGIN
    RETURN QUERY
        SELECT s.word, s.ndoc
          FROM ts_stat(format('SELECT search FROM products WHERE store_id = %L AND status = ''active''',
                              current_store_id())) s
         WHERE s.word <> 'store' || replace(current_store_id()::text, '-', '');
END
$$;

REVOKE EXECUTE ON FUNCTION catalog_matches(text), catalog_with_pairs(text[]), catalog_tagged(text),
    catalog_unanswered(text[]), catalog_words() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION catalog_matches(text), catalog_with_pairs(text[]), catalog_tagged(text),
    catalog_unanswered(text[]), catalog_words() TO sostech_app;

-- Lists in these orders stop after a page; by time there is an index already.
CREATE INDEX products_live_by_name ON products (store_id, name, id) WHERE status = 'active';
CREATE INDEX products_live_by_rating ON products
    (store_id, (coalesce(rating_sum * 1000 / nullif(rating_count, 0), 0)) DESC, id DESC) WHERE status = 'active';
