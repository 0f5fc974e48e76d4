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
