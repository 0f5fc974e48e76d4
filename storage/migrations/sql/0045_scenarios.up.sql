-- Baskets somebody wrote down to keep, with what has to come out of them.
CREATE TABLE saved_scenarios (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    basket jsonb NOT NULL,
    -- As it was written, in its order: it becomes part of a case that people read.
    expected json NOT NULL DEFAULT '{}',
    comment text,
    content_hash text NOT NULL,
    created_by uuid,
    updated_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, name)
);
CREATE TRIGGER saved_scenarios_touch BEFORE UPDATE ON saved_scenarios
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('saved_scenarios');
