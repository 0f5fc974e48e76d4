"""What are the steps of a conversation? Its messages, by the step that last changed them; the hub hands them out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from server.chat import messages_repo
from server.feeds.steps import Step
from storage.transaction import Transaction

KIND: Final = "chat"


async def read_chat(tx: Transaction, after: Mapping[UUID, int], most: int) -> Mapping[UUID, Sequence[Step]]:
    """Of each conversation the messages that changed after a step, notes as well; a Feed of kind "chat"."""
    steps: dict[UUID, list[Step]] = defaultdict(list)
    for message in await messages_repo.steps(tx, after, most):
        steps[message.conversation_id].append(Step(message.change, message))
    return steps
