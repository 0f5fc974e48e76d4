DROP TABLE decision_log, cart_items, carts;
