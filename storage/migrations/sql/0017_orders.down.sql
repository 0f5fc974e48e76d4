DROP TABLE seller_entries, return_lines, returns, shipment_events, shipment_lines, shipments, order_notes,
    stock_reservations, order_transitions, order_lines, orders, order_counters, customer_totals;
