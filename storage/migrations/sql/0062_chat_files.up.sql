-- Pictures and files of chats leave the media store when nobody needs them any more.

-- When that is: a day after the upload of what is never sent, and so long after its message was taken back as staff may
-- look at what it carried. NULL: it stays with its message. While it is removed, when that is tried again.
ALTER TABLE chat_attachments ADD COLUMN forget_at timestamptz DEFAULT now() + interval '1 day';
-- Its bytes are being removed, or are removed already: nobody may send or load it any more. The row goes last, so that
-- whoever is killed in between leaves something that says what is left to do.
ALTER TABLE chat_attachments ADD COLUMN is_going boolean NOT NULL DEFAULT false;
ALTER TABLE chat_attachments ADD CHECK (forget_at IS NOT NULL OR NOT is_going);
UPDATE chat_attachments a
   SET forget_at = CASE WHEN a.message_id IS NULL THEN a.created_at + interval '1 day' ELSE (
           SELECT m.deleted_at + interval '30 days' FROM chat_messages m
            WHERE m.store_id = a.store_id AND m.id = a.message_id) END;
DROP INDEX chat_attachments_unsent;
CREATE INDEX chat_attachments_due ON chat_attachments (store_id, forget_at) WHERE forget_at IS NOT NULL;

-- The thirty days are those that docs/howto/look-after-chat.md tells of.
CREATE FUNCTION forget_attachments() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE chat_attachments SET forget_at = now() + interval '30 days'
     WHERE store_id = NEW.store_id AND message_id = NEW.id AND forget_at IS NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER chat_messages_forget_attachments AFTER UPDATE OF deleted_at ON chat_messages
    FOR EACH ROW WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION forget_attachments();
