DROP TABLE order_uses, use_counters, coupon_codes;
