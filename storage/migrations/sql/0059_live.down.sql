DROP FUNCTION end_dead_processes(interval);
DROP TABLE live_connections;
DROP FUNCTION tell_presence();
DROP TABLE live_processes;
DROP TRIGGER sessions_tell ON sessions;
DROP FUNCTION tell_session_step();
DROP TRIGGER order_transitions_tell ON order_transitions;
DROP FUNCTION tell_order_step();
DROP FUNCTION tell_step(text, uuid, uuid, bigint);
