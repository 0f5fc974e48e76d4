DROP TABLE push_subscriptions;
DROP TABLE order_codes;
