"""Labels that help to serve a customer, such as “prefers online” (A118): internal, never shown to him, deletable, to be
switched off for a customer, after which there are none and none can be added. They decide nothing (conflict 4, A004).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cases import audit, roles
from cases.errors import Invalid, Refused
from cases.masking import mask
from cases.models import Agent, Conversation, ServiceTag, TagsOff
from cases.owners import owner_of

MOST = 8
LONGEST = 12


def of(session: Session, conversation: Conversation) -> list[str]:
    """The labels, as they were added."""
    rows = select(ServiceTag.tag).where(ServiceTag.owner == owner_of(conversation)).order_by(ServiceTag.id)
    return list(session.execute(rows).scalars())


def put(session: Session, conversation: Conversation, agent: Agent, wanted: Sequence[str], now: datetime) -> list[str]:
    """Make these the labels; what is left out is deleted. Raises Refused while they are switched off."""
    tags = list(dict.fromkeys(mask(tag.strip()).text for tag in wanted))
    if len(tags) > MOST or any(not 0 < len(tag) <= LONGEST for tag in tags):
        raise Invalid("tags")
    if tags and is_off(session, conversation):
        raise Refused("tags_off")
    owner, present = owner_of(conversation), of(session, conversation)
    session.execute(delete(ServiceTag).where(ServiceTag.owner == owner, ServiceTag.tag.not_in(tags or [""])))
    session.add_all(ServiceTag(owner=owner, tag=tag, agent_id=agent.id, at=now) for tag in tags if tag not in present)
    session.flush()
    audit.record(session, now, actor=roles.actor(agent), action="desk.tags", subject=owner[:64], count=len(tags))
    return of(session, conversation)


def switch(session: Session, conversation: Conversation, agent: Agent, off: bool, now: datetime) -> None:
    """Switch labels off for a customer, which deletes them, or on again."""
    owner = owner_of(conversation)
    session.execute(delete(TagsOff).where(TagsOff.owner == owner))
    if off:
        put(session, conversation, agent, (), now)
        session.add(TagsOff(owner=owner, agent_id=agent.id, at=now))
    audit.record(
        session, now, actor=roles.actor(agent), action="desk.tags_off" if off else "desk.tags_on", subject=owner[:64]
    )
    session.flush()


def is_off(session: Session, conversation: Conversation) -> bool:
    """Whether labels are switched off for this customer."""
    return session.get(TagsOff, owner_of(conversation)) is not None
