DROP FUNCTION stores_with_due_work();
DROP TABLE test_provider_deliveries, test_provider_refunds, test_provider_charges, refunds, payment_receipts, payments;
