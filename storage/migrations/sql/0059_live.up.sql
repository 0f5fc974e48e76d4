-- What happens is told to every process that listens, with the commit that makes it true and in the order of commits:
-- "<kind> <store> <id> <seq>". Whoever hears it reads what is new; whoever hears nothing finds it at the next look.
CREATE FUNCTION tell_step(kind text, store uuid, id uuid, seq bigint) RETURNS void
LANGUAGE sql
AS $$
    SELECT pg_notify('sostech_steps', concat_ws(' ', kind, store, id, seq))
$$;

CREATE FUNCTION tell_order_step() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM tell_step('order', NEW.store_id, NEW.order_id, NEW.seq);
    RETURN NULL;
END
$$;
CREATE TRIGGER order_transitions_tell AFTER INSERT ON order_transitions
    FOR EACH ROW EXECUTE FUNCTION tell_order_step();

-- A session that ended, or an account that may do other things than before: whoever is connected is asked for again.
CREATE FUNCTION tell_session_step() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM tell_step('user', NEW.store_id, NEW.user_id, 0);
    RETURN NULL;
END
$$;
CREATE TRIGGER sessions_tell AFTER UPDATE OF revoked_at ON sessions
    FOR EACH ROW WHEN (NEW.revoked_at IS NOT NULL AND OLD.revoked_at IS NULL) EXECUTE FUNCTION tell_session_step();

CREATE FUNCTION tell_account_step() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM tell_step('user', NEW.store_id, NEW.id, 0);
    RETURN NULL;
END
$$;
CREATE TRIGGER users_tell AFTER UPDATE OF roles, status, tokens_valid_after ON users
    FOR EACH ROW WHEN ((NEW.roles, NEW.status, NEW.tokens_valid_after)
                       IS DISTINCT FROM (OLD.roles, OLD.status, OLD.tokens_valid_after))
    EXECUTE FUNCTION tell_account_step();

-- Somebody sells now, or does no more: told of whoever did before, and of whoever does now.
CREATE FUNCTION tell_seller_step() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM tell_step('user', NEW.store_id, u.id, 0)
       FROM (VALUES (OLD.user_id), (NEW.user_id)) AS u (id) WHERE u.id IS NOT NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER sellers_tell AFTER UPDATE OF status, user_id ON sellers
    FOR EACH ROW WHEN ((NEW.status, NEW.user_id) IS DISTINCT FROM (OLD.status, OLD.user_id))
    EXECUTE FUNCTION tell_seller_step();

-- A store that is suspended, or there again, and an account of the platform that may do other things than before.
CREATE FUNCTION tell_store_step() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM tell_step('store', NEW.id, NEW.id, 0);
    RETURN NULL;
END
$$;
CREATE TRIGGER stores_tell AFTER UPDATE OF status ON stores
    FOR EACH ROW WHEN (NEW.status IS DISTINCT FROM OLD.status) EXECUTE FUNCTION tell_store_step();

CREATE FUNCTION tell_platform_step() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    -- It is of no store: its own id stands in that place.
    PERFORM tell_step('platform', NEW.id, NEW.id, 0);
    RETURN NULL;
END
$$;
CREATE TRIGGER platform_users_tell AFTER UPDATE OF status, tokens_valid_after ON platform_users
    FOR EACH ROW WHEN ((NEW.status, NEW.tokens_valid_after) IS DISTINCT FROM (OLD.status, OLD.tokens_valid_after))
    EXECUTE FUNCTION tell_platform_step();

-- Server processes that hold sockets. One that has not been seen for a while has died, and its connections with it.
CREATE UNLOGGED TABLE live_processes (
    id uuid PRIMARY KEY,
    seen_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, UPDATE, DELETE ON live_processes TO sostech_app;

-- Who is connected, once for each device: somebody is there while one of their connections is, in a process that lives.
CREATE UNLOGGED TABLE live_connections (
    id uuid PRIMARY KEY,
    process_id uuid NOT NULL,
    store_id uuid NOT NULL REFERENCES stores (id),
    user_id uuid NOT NULL,
    connected_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX live_connections_user ON live_connections (store_id, user_id);
CREATE INDEX live_connections_process ON live_connections (process_id);
SELECT make_tenant_table('live_connections');

CREATE FUNCTION tell_presence() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM tell_step('presence', NEW.store_id, NEW.user_id, 0);
    ELSE
        PERFORM tell_step('presence', OLD.store_id, OLD.user_id, 0);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER live_connections_tell AFTER INSERT OR DELETE ON live_connections
    FOR EACH ROW EXECUTE FUNCTION tell_presence();

-- Writes down connections of a process that came, of whatever stores, and that left, and that the process lives. Whether
-- it was known: one that was not has been ended, with all connections it wrote down before, and has to do so again.
CREATE FUNCTION note_connections(process uuid, ids uuid[], stores uuid[], users uuid[], gone uuid[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    was_known boolean;
BEGIN
    INSERT INTO live_processes (id) VALUES (process)
    ON CONFLICT (id) DO UPDATE SET seen_at = now()
    RETURNING xmax <> 0 INTO was_known;
    INSERT INTO live_connections (id, process_id, store_id, user_id)
    SELECT came.id, process, came.store_id, came.user_id
      FROM unnest(ids, stores, users) AS came (id, store_id, user_id)
    ON CONFLICT (id) DO NOTHING;
    DELETE FROM live_connections WHERE process_id = process AND id = ANY(gone);
    RETURN was_known;
END
$$;
REVOKE EXECUTE ON FUNCTION note_connections(uuid, uuid[], uuid[], uuid[], uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION note_connections(uuid, uuid[], uuid[], uuid[], uuid[]) TO sostech_app;

-- Ends a process that stops, with the connections of all stores it held.
CREATE FUNCTION end_process(process uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
    DELETE FROM live_connections WHERE process_id = process;
    DELETE FROM live_processes WHERE id = process
$$;
REVOKE EXECUTE ON FUNCTION end_process(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION end_process(uuid) TO sostech_app;

-- Ends processes that have not been seen for so long, with the connections of all stores they held; how many ended.
CREATE FUNCTION end_dead_processes(patience interval) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
    WITH ended AS (DELETE FROM live_processes WHERE seen_at < now() - patience RETURNING id),
         left_behind AS (DELETE FROM live_connections WHERE process_id IN (SELECT id FROM ended))
    SELECT count(*) FROM ended
$$;
REVOKE EXECUTE ON FUNCTION end_dead_processes(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION end_dead_processes(interval) TO sostech_app;

-- What an order has besides its steps: it is read as it is now, by whoever follows the order.
CREATE FUNCTION tell_order_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM tell_step('order_change', NEW.store_id, NEW.order_id, 0);
    RETURN NULL;
END
$$;
CREATE TRIGGER shipments_tell AFTER INSERT OR UPDATE ON shipments
    FOR EACH ROW EXECUTE FUNCTION tell_order_change();
CREATE TRIGGER returns_tell AFTER INSERT OR UPDATE OF status ON returns
    FOR EACH ROW EXECUTE FUNCTION tell_order_change();
CREATE TRIGGER payments_tell AFTER INSERT OR UPDATE OF status, captured, refunded, failure ON payments
    FOR EACH ROW EXECUTE FUNCTION tell_order_change();
CREATE TRIGGER refunds_tell AFTER INSERT OR UPDATE OF status ON refunds
    FOR EACH ROW EXECUTE FUNCTION tell_order_change();

CREATE FUNCTION tell_sighting() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM tell_step('order_change', s.store_id, s.order_id, 0) FROM shipments s WHERE s.id = NEW.shipment_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER shipment_events_tell AFTER INSERT ON shipment_events
    FOR EACH ROW EXECUTE FUNCTION tell_sighting();

-- One notice for a store, however many levels a statement changes: an import changes thousands.
CREATE FUNCTION tell_stock_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM tell_step('stock', c.store_id, c.store_id, 0) FROM (SELECT DISTINCT store_id FROM changed) c;
    RETURN NULL;
END
$$;
CREATE TRIGGER stock_levels_tell_new AFTER INSERT ON stock_levels
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_stock_change();
CREATE TRIGGER stock_levels_tell AFTER UPDATE ON stock_levels
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_stock_change();

CREATE FUNCTION tell_switch() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM tell_step('rules', NEW.store_id, NEW.store_id, NEW.seq);
    RETURN NULL;
END
$$;
CREATE TRIGGER rule_switches_tell AFTER INSERT OR UPDATE ON rule_switches
    FOR EACH ROW EXECUTE FUNCTION tell_switch();

-- What a dashboard reads every second while somebody looks at it. Stock changes all the time and its threshold hardly
-- ever, so this index costs such changes nothing.
CREATE INDEX orders_paid ON orders (store_id, paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX orders_held ON orders (store_id) WHERE held;
CREATE INDEX refunds_settled ON refunds (store_id, settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX stock_levels_watched ON stock_levels (store_id) WHERE low_stock_threshold IS NOT NULL;
