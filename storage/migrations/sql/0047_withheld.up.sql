-- What is kept of a refund because the units that stay have lost a discount; below zero: what was kept so far goes back.
ALTER TABLE refunds ADD COLUMN withheld bigint NOT NULL DEFAULT 0;
