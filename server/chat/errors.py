"""Why can this not be done with a conversation?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

CONVERSATION_UNKNOWN: Final = ErrorCode(
    "conversation_unknown", Kind.NOT_FOUND, "There is no such conversation of yours"
)
CHAT_MESSAGE_UNKNOWN: Final = ErrorCode("chat_message_unknown", Kind.NOT_FOUND, "The conversation has no such message")
SUBJECT_UNKNOWN: Final = ErrorCode(
    "conversation_about_unknown", Kind.NOT_FOUND, "There is nothing like this to talk about"
)
CUSTOMER_UNKNOWN: Final = ErrorCode("customer_unknown", Kind.INVALID, "There is no such customer to write to")
ASSIGNEE_INVALID: Final = ErrorCode("assignee_invalid", Kind.INVALID, "This person does not answer customers")
MESSAGE_ID_REUSED: Final = ErrorCode(
    "client_id_reused", Kind.CONFLICT, "This client_id belongs to another message of yours"
)
MESSAGE_FINAL: Final = ErrorCode("message_final", Kind.CONFLICT, "The message cannot be changed any more")
NOT_RESOLVED: Final = ErrorCode("conversation_not_resolved", Kind.CONFLICT, "The conversation is not over yet")
REASON_MISSING: Final = ErrorCode("reason_missing", Kind.INVALID, "Say why you take somebody else's message back")

# What chat has besides conversations and messages.
ATTACHMENT_UNKNOWN: Final = ErrorCode("attachment_unknown", Kind.NOT_FOUND, "There is no such attachment of yours")
ATTACHMENT_UNUSABLE: Final = ErrorCode(
    "attachment_unusable", Kind.INVALID, "This attachment cannot be sent with this message"
)
FILE_TOO_LARGE: Final = ErrorCode("file_too_large", Kind.TOO_LARGE, "The file is too large")
FILE_UNREADABLE: Final = ErrorCode("file_unreadable", Kind.INVALID, "The file is not what can be attached")
MESSAGE_REFUSED: Final = ErrorCode("message_refused", Kind.INVALID, "The message cannot be sent as it is")
WRITING_BLOCKED: Final = ErrorCode("writing_blocked", Kind.FORBIDDEN, "You may read, but not write, for now")
CHAT_BLOCK_INVALID: Final = ErrorCode("chat_block_invalid", Kind.INVALID, "This person cannot be blocked like this")
CHAT_BLOCK_UNKNOWN: Final = ErrorCode("chat_block_unknown", Kind.NOT_FOUND, "This person is not blocked")
BLOCKED_WORD_INVALID: Final = ErrorCode("blocked_word_invalid", Kind.INVALID, "This cannot be a blocked word")
BLOCKED_WORD_UNKNOWN: Final = ErrorCode("blocked_word_unknown", Kind.NOT_FOUND, "This word is not blocked")
CANNED_ANSWER_UNKNOWN: Final = ErrorCode("canned_answer_unknown", Kind.NOT_FOUND, "There is no such canned answer")
CANNED_ANSWER_INVALID: Final = ErrorCode("canned_answer_invalid", Kind.INVALID, "The canned answer cannot be kept")
CANNED_ANSWER_TAKEN: Final = ErrorCode(
    "canned_answer_taken", Kind.CONFLICT, "Another canned answer has this shortcut already"
)
EXPLANATION_UNFAITHFUL: Final = ErrorCode(
    "explanation_unfaithful", Kind.CONFLICT, "The decision cannot be explained as it was made"
)
