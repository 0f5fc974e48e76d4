DROP INDEX products_live_by_rating, products_live_by_name;
DROP FUNCTION catalog_words(), catalog_unanswered(text[]), catalog_tagged(text), catalog_with_pairs(text[]),
    catalog_matches(text), catalog_store_lexeme();
