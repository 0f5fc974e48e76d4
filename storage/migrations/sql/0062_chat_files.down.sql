DROP TRIGGER chat_messages_forget_attachments ON chat_messages;
DROP FUNCTION forget_attachments();
DROP INDEX chat_attachments_due;
CREATE INDEX chat_attachments_unsent ON chat_attachments (store_id, created_at) WHERE message_id IS NULL;
ALTER TABLE chat_attachments DROP COLUMN is_going, DROP COLUMN forget_at;
