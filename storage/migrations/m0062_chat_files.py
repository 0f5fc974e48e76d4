"""Migration 62: pictures and files of chats leave the media store when nobody needs them any more."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0062_chat_files.up.sql."""

    dependencies = [("shop", "m0061_unread")]
    operations = [sql("0062_chat_files")]
