"""Three weeks of made-up service around one week, for the tests of the weekly review."""

from __future__ import annotations

import random
from datetime import datetime

from sqlalchemy.orm import Session

from cases import (
    agents,
    complaint_replies,
    complaints,
    conversations,
    events,
    handover,
    loading,
    messages,
    ratings,
    sweep,
)
from cases.clock import parse_moment
from cases.complaints import Details
from cases.enums import ComplaintCategory, HandoverReason, ReplyBy, ReviewKind, ReviewState, Sender
from cases.messages import Door, Draft
from cases.models import Agent, ReviewItem
from tests.desk_rows import ALL_DAY, staff
from tests.rows import DAY, HOUR, MINUTE, PASSWORD, WANG, claim, load_two

MONDAY = parse_moment("2026-11-23T00:00:00+08:00")
ROUTES = ("faq", "faq", "claim_status", "clarify", "out_of_scope", "smalltalk")
REASONS = (HandoverReason.ASKED, HandoverReason.ANGRY, HandoverReason.COMPLAINT)
STATES = ("REGISTERED", "DOCS_PARTIAL", "DOCS_SUBMITTED", "ASSESSED", "AGREED", "PAID")


def serve(session: Session, door: Door) -> None:
    """Everything, the same every time."""
    load_two(session)
    people = list(staff(lambda *given: agents.set_password(session, given[0], PASSWORD, role=given[1])).values())
    chance = random.Random(7)
    for number in range(70):
        talk(session, chance, door, MONDAY + chance.uniform(-5, 12) * DAY, number, people)
    claims(session, chance)
    for n in range(30):
        at = MONDAY + chance.uniform(-4, 11) * DAY
        review = door.review(chance.choice(["我保证全赔到账", "按公司规定不能赔"]))
        events.wording(session, at, review, "我保证，电话13800001234")
        session.add(
            ReviewItem(
                key=str(n),
                kind=chance.choice(list(ReviewKind)),
                text=chance.choice(["甲", "乙", "丙"]),
                conversation="x",
                at=at,
                state=ReviewState.OPEN,
                candidates=[],
            )
        )
    for n in range(40):
        sweep.run(session, MONDAY + (n - 8) * 12 * HOUR)


def talk(
    session: Session, chance: random.Random, door: Door, begun: datetime, number: int, people: list[Agent]
) -> None:
    """A conversation: questions, answers, perhaps a person, a rating, a complaint."""
    made = conversations.open_conversation(session, begun, customer_key=chance.choice([WANG, None]))
    row = conversations.get(session, made.conversation_id)
    for n in range(chance.randint(1, 4)):
        at = begun + n * MINUTE
        posted = conversations.post_text(session, row.id, f"c{n}", f"问题{chance.randint(1, 9)}", at)
        route = chance.choice(ROUTES)
        meta = {"route": route, **({"faq_id": f"topic.{chance.randint(1, 4)}"} if route == "faq" else {})}
        messages.send(session, door, row.id, [Draft("答复", meta=meta)] * chance.randint(1, 2), at, answers=posted.seq)
    if chance.random() < 0.3:
        complain(session, chance, door, row.id, begun + HOUR, number, people)
    if chance.random() < 0.6:
        stay(session, chance, door, row.id, begun + 10 * MINUTE, people)
    if chance.random() < 0.5:
        ratings.rate(session, row.id, chance.randint(1, 5), f"流程{chance.randint(1, 5)}分 好", begun + 3 * HOUR)


def stay(
    session: Session, chance: random.Random, door: Door, conversation_id: str, at: datetime, people: list[Agent]
) -> None:
    """A time with a person, or a wait for one."""
    agent = chance.choice(people)
    asked = handover.request(session, conversation_id, chance.choice(REASONS), at, ALL_DAY)
    if asked.outcome is not handover.Outcome.QUEUED or chance.random() < 0.2:
        return
    accepted = at + chance.uniform(0, 20) * MINUTE
    handover.accept(session, conversation_id, agent, accepted)
    if chance.random() < 0.8:
        messages.send(
            session,
            door,
            conversation_id,
            [Draft("您好")],
            accepted + chance.uniform(0, 5) * MINUTE,
            sender=Sender.AGENT,
            agent_id=agent.id,
        )
    end = chance.choice([handover.hand_back, handover.close])
    end(session, conversation_id, agent, "", accepted + chance.uniform(6, 90) * MINUTE)


def complain(
    session: Session,
    chance: random.Random,
    door: Door,
    conversation_id: str,
    at: datetime,
    number: int,
    people: list[Agent],
) -> None:
    """A complaint, perhaps answered."""
    details = Details(f"r{number}", chance.choice(list(ComplaintCategory)), "情况", "诉求", ReplyBy.PHONE)
    made = complaints.file(session, conversation_id, details, at)
    if chance.random() < 0.7 and made.new:
        complaint_replies.answer(
            session, door, made.complaint.no, people[3], "处理意见", ReplyBy.PHONE, at + chance.uniform(1, 60) * HOUR
        )


def claims(session: Session, chance: random.Random) -> None:
    """Claims on their way, each a part of it."""
    for number in range(20):
        at = MONDAY + chance.uniform(-15, 3) * DAY
        for status in STATES[: chance.randint(1, len(STATES))]:
            row = claim(
                claim_no=f"RDAA{number:018d}",
                kind=chance.choice(["single", "two_party"]),
                status=status,
                estimated_loss_yuan=chance.choice([300, 5000]),
                status_at=at.isoformat(),
            )
            loading.load(session, {"claims": [row]})
            at += chance.uniform(0.2, 4) * DAY
