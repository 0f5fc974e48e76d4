ALTER TABLE refunds DROP COLUMN withheld;
