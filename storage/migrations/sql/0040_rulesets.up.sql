-- A store's own rulesets: drafts, the versions that were published, and when each is live.

-- A draft has no number yet; a published version never changes again, except that it can be archived.
CREATE TABLE ruleset_versions (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    kind text NOT NULL CHECK (kind ~ '^[a-z]{1,30}$'),
    name text NOT NULL CHECK (name ~ '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$'),
    number integer CHECK (number > 0),
    status text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'published', 'archived')),
    -- The YAML as it was written, and the files it names, text by file name.
    source text NOT NULL CHECK (octet_length(source) <= 1048576),
    attachments jsonb NOT NULL DEFAULT '{}',
    -- sha256 of source and attachments: the ETag. `hash` is the engine's, of what they mean; set when published.
    content_hash text NOT NULL,
    hash text,
    based_on uuid,
    comment text,
    -- Warnings it was published with, and why: [{code, because}].
    allowed jsonb NOT NULL DEFAULT '[]',
    created_by uuid,
    updated_by uuid,
    published_by uuid,
    published_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, kind, name, number),
    FOREIGN KEY (store_id, based_on) REFERENCES ruleset_versions (store_id, id) ON DELETE SET NULL (based_on),
    CHECK ((status = 'draft') = (number IS NULL)),
    CHECK ((number IS NULL) = (hash IS NULL)),
    CHECK ((number IS NULL) = (published_at IS NULL))
);
CREATE INDEX ruleset_versions_by_time ON ruleset_versions (store_id, created_at DESC, id DESC);
CREATE INDEX ruleset_versions_based_on ON ruleset_versions (store_id, based_on) WHERE based_on IS NOT NULL;
CREATE TRIGGER ruleset_versions_touch BEFORE UPDATE ON ruleset_versions
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('ruleset_versions');

-- What was published stays as it is, whoever asks.
CREATE FUNCTION refuse_changed_version() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.kind, NEW.name, NEW.number, NEW.source, NEW.attachments, NEW.content_hash, NEW.hash)
            IS DISTINCT FROM (OLD.kind, OLD.name, OLD.number, OLD.source, OLD.attachments, OLD.content_hash, OLD.hash)
    THEN
        RAISE EXCEPTION 'ruleset version % was published and cannot be changed', OLD.id USING ERRCODE = 'SO001';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER ruleset_versions_published BEFORE UPDATE OR DELETE ON ruleset_versions
    FOR EACH ROW WHEN (OLD.status <> 'draft') EXECUTE FUNCTION refuse_changed_version();

-- When a version is live. Of the plans that are on at an instant the one that began last counts; without one the store
-- decides with the rulesets that ship, or those of its folder. Rows are only ever added, and called off.
CREATE TABLE ruleset_plans (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    version_id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    reason text,
    created_by uuid,
    cancelled_at timestamptz,
    cancelled_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    FOREIGN KEY (store_id, version_id) REFERENCES ruleset_versions (store_id, id),
    CHECK (ends_at > starts_at)
);
CREATE INDEX ruleset_plans_by_start ON ruleset_plans (store_id, kind, name, starts_at DESC, id DESC)
    WHERE cancelled_at IS NULL;
CREATE INDEX ruleset_plans_by_version ON ruleset_plans (store_id, version_id);
SELECT make_tenant_table('ruleset_plans');
REVOKE DELETE ON ruleset_plans FROM sostech_app;

-- Counts up whenever what is live in a store may have changed, for processes that missed the notice.
CREATE TABLE rule_switches (
    store_id uuid PRIMARY KEY REFERENCES stores (id),
    seq bigint NOT NULL DEFAULT 0
);
SELECT make_tenant_table('rule_switches');

CREATE TABLE ruleset_comments (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    version_id uuid NOT NULL,
    author_id uuid,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 5000),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    FOREIGN KEY (store_id, version_id) REFERENCES ruleset_versions (store_id, id) ON DELETE CASCADE
);
CREATE INDEX ruleset_comments_by_version ON ruleset_comments (store_id, version_id, created_at, id);
SELECT make_tenant_table('ruleset_comments');

-- Which stores have rulesets of their own, how often they switched, and when a plan begins or ends next: for processes
-- that keep live books of all stores. Security definer: it sees all stores, and tells nothing else.
CREATE FUNCTION stores_with_rulesets() RETURNS TABLE (store_id uuid, seq bigint, next_change_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
    SELECT s.store_id, s.seq,
           (SELECT min(instant) FROM ruleset_plans p, unnest(ARRAY[p.starts_at, p.ends_at]) AS instant
             WHERE p.store_id = s.store_id AND p.cancelled_at IS NULL AND instant > now())
      FROM rule_switches s
$$;
REVOKE EXECUTE ON FUNCTION stores_with_rulesets() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stores_with_rulesets() TO sostech_app;
