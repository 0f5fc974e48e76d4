-- What happened in the store: the outbox hands its jobs over to here, in their order. Kept for signals that look back,
-- for people who ask what happened, and so that an event is known again when it comes twice.
CREATE TABLE events (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    -- Of the job that carried it: grows with every event, of one aggregate in the order things happened.
    position bigint NOT NULL,
    kind text NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    version integer NOT NULL CHECK (version > 0),
    aggregate text,
    payload jsonb NOT NULL,
    occurred_at timestamptz NOT NULL,
    UNIQUE (store_id, id)
);
CREATE INDEX events_by_position ON events (store_id, position DESC);
CREATE INDEX events_by_name ON events (store_id, name, position DESC);
CREATE INDEX events_by_time ON events (store_id, occurred_at);
CREATE INDEX events_by_aggregate ON events (store_id, aggregate, position) WHERE aggregate IS NOT NULL;
SELECT make_tenant_table('events');

-- What each handler has to do because of an event. `attempts` is counted up, and committed, before a handler begins, so
-- that one that takes its worker down with it is not tried for ever.
CREATE TABLE event_deliveries (
    store_id uuid NOT NULL REFERENCES stores (id),
    event_id uuid NOT NULL,
    handler text NOT NULL,
    position bigint NOT NULL,
    aggregate text,
    state text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'done', 'dead', 'dropped')),
    attempts integer NOT NULL DEFAULT 0,
    -- When it is due: at first, and after a failure; while somebody is at it, when others may take it up. NULL: ended.
    next_try_at timestamptz DEFAULT now(),
    last_error text,
    ended_at timestamptz,
    PRIMARY KEY (store_id, event_id, handler),
    CHECK ((state = 'due') = (next_try_at IS NOT NULL)),
    FOREIGN KEY (store_id, event_id) REFERENCES events (store_id, id) ON DELETE CASCADE
);
CREATE INDEX event_deliveries_due ON event_deliveries (store_id, next_try_at, position) WHERE state = 'due';
CREATE INDEX event_deliveries_order ON event_deliveries (store_id, handler, aggregate, position) WHERE state = 'due';
CREATE INDEX event_deliveries_dead ON event_deliveries (store_id, position DESC) WHERE state = 'dead';
CREATE INDEX event_deliveries_ended ON event_deliveries (ended_at) WHERE ended_at IS NOT NULL;
SELECT make_tenant_table('event_deliveries');
