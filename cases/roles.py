"""Who at the desk may see and do what: the one table (service-rules A048, A077), and the questions that are put to it.

`docs/roles.md` is printed from here (`python -m cases roles`), and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.enums import Code, ComplaintLevel, HandoverReason, Owner, Role, Severity
from cases.errors import NotAllowed
from cases.models import Agent, Callback, Complaint, ComplaintEvent, Conversation, Handover, RiskLabel
from cases.owners import owner_of

RANK = (Role.FIRST_LINE, Role.SPECIALIST, Role.SUPERVISOR, Role.ADMINISTRATOR)


class May(Code):
    """What there is to be allowed."""

    TALK = "talk"
    TAKE_FOR_SPECIALISTS = "take_for_specialists"
    TAKE_FOR_SUPERVISORS = "take_for_supervisors"
    READ_ALL = "read_all"
    REVEAL_OWN = "reveal_own"
    REVEAL_ALL = "reveal_all"
    REASSIGN = "reassign"
    COMPLAINT_FIRST_LINE = "complaint_first_line"
    COMPLAINT_SPECIALIST = "complaint_specialist"
    COMPLAINT_ABOVE = "complaint_above"
    ANSWER_SERIOUS = "answer_serious"
    EXTEND = "extend"
    PARTIES = "parties"
    SCHEMES = "schemes"
    FOLLOW_UP_FIRST = "follow_up_first"
    REMOVE_RISK = "remove_risk"
    SUGGEST = "suggest"
    DECIDE_SUGGESTIONS = "decide_suggestions"
    BOARD = "board"
    REPORTS = "reports"
    ACCOUNTS = "accounts"


ALL = frozenset(RANK)
FROM_SPECIALIST = frozenset(RANK[1:])
FROM_SUPERVISOR = frozenset(RANK[2:])
TABLE: dict[May, tuple[frozenset[Role], str]] = {
    May.TALK: (ALL, "Take a waiting conversation or one that the bot has; answer, note, pass on, hand back, close"),
    May.TAKE_FOR_SPECIALISTS: (FROM_SPECIALIST, "See and take what was passed on to claims specialists"),
    May.TAKE_FOR_SUPERVISORS: (FROM_SUPERVISOR, "See and take what was passed on to supervisors"),
    May.READ_ALL: (
        FROM_SUPERVISOR,
        "Read every conversation and every complaint, not only one's own, waiting ones, those in which a call is owed "
        "(unless another person has it or a higher role is wanted) and those of customers whom one has to follow up",
    ),
    May.REVEAL_OWN: (
        ALL,
        "See a masked number in full in one's own conversation, against a reason, audited; telephone numbers also for "
        "a call that one may make and for a customer whom one has to follow up",
    ),
    May.REVEAL_ALL: (FROM_SUPERVISOR, "… in every conversation, but of no customer who complains about oneself"),
    May.REASSIGN: (FROM_SUPERVISOR, "Give a conversation to another agent"),
    May.COMPLAINT_FIRST_LINE: (ALL, "Register complaints; see and work on those at the first line"),
    May.COMPLAINT_SPECIALIST: (FROM_SPECIALIST, "See and work on complaints at the claims specialists' level"),
    May.COMPLAINT_ABOVE: (FROM_SUPERVISOR, "See and work on complaints at the cross-department level and outside"),
    May.ANSWER_SERIOUS: (
        FROM_SPECIALIST,
        "Answer or close a serious complaint (anybody who sees it takes a withdrawal, which ends it the same day)",
    ),
    May.EXTEND: (FROM_SUPERVISOR, "Approve a longer legal time limit (30, then 60 days)"),
    May.PARTIES: (FROM_SUPERVISOR, "Take an agent off a complaint's parties (anybody who works on it adds one)"),
    May.SCHEMES: (FROM_SUPERVISOR, "Approve, end and apply compensation schemes"),
    May.FOLLOW_UP_FIRST: (FROM_SPECIALIST, "The list of customers to be followed up first, and that it was done"),
    May.REMOVE_RISK: (FROM_SUPERVISOR, "Remove a customer's label “to be followed up first”, with a reason, audited"),
    May.SUGGEST: (ALL, "Write suggestions down, and see what became of one's own"),
    May.DECIDE_SUGGESTIONS: (FROM_SUPERVISOR, "See every suggestion, adopt or decline it with a note"),
    May.BOARD: (FROM_SUPERVISOR, "The live board with waiting times, agents and breaches"),
    May.REPORTS: (FROM_SUPERVISOR, "The weekly review and its export"),
    May.ACCOUNTS: (frozenset({Role.ADMINISTRATOR}), "Accounts and roles (`python -m cases agent`)"),
}
LEVELS = {
    ComplaintLevel.FIRST_LINE: May.COMPLAINT_FIRST_LINE,
    ComplaintLevel.SPECIALIST: May.COMPLAINT_SPECIALIST,
    ComplaintLevel.CROSS_DEPARTMENT: May.COMPLAINT_ABOVE,
    ComplaintLevel.OUTSIDE: May.COMPLAINT_ABOVE,
}
FOR_COMPLAINTS = frozenset({HandoverReason.COMPLAINT, HandoverReason.UNCONFIRMED})
PASSED_ON = {
    Role.SPECIALIST.value: May.TAKE_FOR_SPECIALISTS,
    Role.SUPERVISOR.value: May.TAKE_FOR_SUPERVISORS,
    Role.ADMINISTRATOR.value: May.TAKE_FOR_SUPERVISORS,
}


def allows(agent: Agent, what: May) -> bool:
    """Whether the table allows it."""
    return agent.role in TABLE[what][0]


def require(agent: Agent, what: May) -> None:
    """Raise NotAllowed unless the table allows it."""
    if not allows(agent, what):
        raise NotAllowed(f"{agent.role} may not {what}")


def may_take(session: Session, agent: Agent, stay: Handover) -> bool:
    """Whether an agent may take a waiting conversation: not one that was passed on to a higher role (A048), nor one of
    a customer who complains about him.
    """
    if not allows(agent, PASSED_ON.get(stay.wanted_role or "", May.TALK)):
        return False
    return not kept_from(session, agent, session.get(Conversation, stay.conversation_id), stay.reason, ended=False)


def is_party(agent: Agent, complaint: Complaint) -> bool:
    """Whether a complaint is about this agent; to him it does not exist (avoidance, law.md B.5)."""
    return agent.username in (complaint.parties or ())


def kept_from(
    session: Session,
    agent: Agent,
    conversation: Conversation,
    about: HandoverReason | None = None,
    *,
    ended: bool = True,
) -> bool:
    """Whether an agent is kept from a conversation: a complaint about him was filed in it, or it waits for a complaint
    of a customer who complains about him. `ended`: also when that complaint has ended.
    """
    where = Complaint.conversation_id == conversation.id
    if about in FOR_COMPLAINTS and conversation.customer_key:
        where = where | (Complaint.customer_key == conversation.customer_key)
    rows = session.execute(select(Complaint).where(where)).scalars()
    return any(is_party(agent, row) and (ended or row.closed_at is None) for row in rows)


def require_unconcerned(session: Session, conversation: Conversation, agent: Agent) -> None:
    """Raise NotAllowed where a customer complains about the agent, in whichever conversation he does, unless the agent
    has this one: who has it keeps it until it is passed on (avoidance, law.md B.5).
    """
    if conversation.agent_id != agent.id and kept_from(session, agent, conversation, HandoverReason.COMPLAINT):
        raise NotAllowed("a complaint about him")


def require_readable(session: Session, conversation: Conversation, agent: Agent) -> None:
    """One's own, those one had before, waiting ones, those in which one may make a call that is owed and those of whom
    one has to follow up; supervisors read all; none but the first where a complaint about oneself was filed. Raises
    NotAllowed.
    """
    if conversation.agent_id == agent.id:
        return
    if kept_from(session, agent, conversation):
        raise NotAllowed("a complaint about him")
    if allows(agent, May.READ_ALL):
        return
    latest = latest_stay(session, conversation)
    if conversation.owner is Owner.QUEUED and latest is not None and may_take(session, agent, latest):
        return
    had = select(Handover.id).where(Handover.conversation_id == conversation.id, Handover.agent_id == agent.id)
    if session.execute(had).first() or may_call_in(session, agent, conversation):
        return
    if not follows_up(session, conversation, agent):
        raise NotAllowed("not your conversation")


def latest_stay(session: Session, conversation: Conversation) -> Handover | None:
    """The conversation's newest stay with people."""
    stays = select(Handover).where(Handover.conversation_id == conversation.id).order_by(Handover.id.desc())
    return session.execute(stays).scalars().first()


def may_call(session: Session, agent: Agent, call: Callback) -> bool:
    """Whether an agent may make a call: a supervisor any; the others while no other person has the conversation and it
    did not wait in vain for a higher role (A048); nobody to a customer who complains about him.
    """
    conversation = session.get(Conversation, call.conversation_id)
    if kept_from(session, agent, conversation, HandoverReason.COMPLAINT):
        return False
    if allows(agent, May.READ_ALL):
        return True
    if conversation.owner is Owner.HUMAN:
        return bool(conversation.agent_id == agent.id)
    latest = latest_stay(session, conversation)
    wanted = latest.wanted_role if latest is not None and latest.accepted_at is None else None
    return allows(agent, PASSED_ON.get(wanted or "", May.TALK))


def may_call_in(session: Session, agent: Agent, conversation: Conversation) -> bool:
    """Whether a call is owed in a conversation that this agent may make."""
    owed = select(Callback).where(Callback.conversation_id == conversation.id, Callback.done_at.is_(None))
    return any(may_call(session, agent, call) for call in session.execute(owed).scalars())


def follows_up(session: Session, conversation: Conversation, agent: Agent) -> bool:
    """Whether an agent has this customer still to follow up (A117), for more than a complaint about himself."""
    if not allows(agent, May.FOLLOW_UP_FIRST):
        return False
    owed = select(RiskLabel.subject).where(
        RiskLabel.owner == owner_of(conversation), RiskLabel.removed_at.is_(None), RiskLabel.followed_up_at.is_(None)
    )
    about = (session.get(Complaint, subject) for subject in session.execute(owed).scalars())
    return any(complaint is None or not is_party(agent, complaint) for complaint in about)


def require_revealable(session: Session, conversation: Conversation, agent: Agent, *, number: bool) -> None:
    """In one's own conversation; supervisors in all; a telephone `number` also for a call that one may make and for a
    customer whom one has to follow up; none of a customer who complains about oneself. Raises NotAllowed.
    """
    require(agent, May.REVEAL_OWN)
    if conversation.agent_id == agent.id:
        return
    require_readable(session, conversation, agent)
    require_unconcerned(session, conversation, agent)
    if number and (may_call_in(session, agent, conversation) or follows_up(session, conversation, agent)):
        return
    require(agent, May.REVEAL_ALL)


def levels_of(agent: Agent) -> Sequence[ComplaintLevel]:
    """The complaint levels that an agent's role works on."""
    return [level for level, what in LEVELS.items() if allows(agent, what)]


def sees(session: Session, agent: Agent, complaint: Complaint) -> bool:
    """Whether an agent sees a complaint: at a level of his role, or one that he has worked on; none about himself."""
    if is_party(agent, complaint):
        return False
    if complaint.level in levels_of(agent):
        return True
    mine = ComplaintEvent.actor == actor(agent)
    return (
        session.execute(select(ComplaintEvent.id).where(ComplaintEvent.complaint_no == complaint.no, mine)).first()
        is not None
    )


def require_level(agent: Agent, complaint: Complaint, *, deciding: bool = False) -> None:
    """Raise NotAllowed unless the role works at the complaint's level, and decides on one so serious (A048, A076)."""
    require(agent, LEVELS[complaint.level])
    if deciding and complaint.severity is Severity.SERIOUS:
        require(agent, May.ANSWER_SERIOUS)


def actor(agent: Agent) -> str:
    """How logs name an agent."""
    return f"agent:{agent.username}"


def as_markdown() -> str:
    """The table as a page of the documentation."""
    head = "| | " + " | ".join(role.value for role in RANK) + " |\n|---|" + "---|" * len(RANK)
    rows = [
        f"| {text} (`{what}`) | " + " | ".join("yes" if role in roles else "–" for role in RANK) + " |"
        for what, (roles, text) in TABLE.items()
    ]
    intro = (
        "# Roles\n\nWho at the desk may see and do what (service-rules A048, A077). Printed by `python -m cases roles` "
        "from `cases/roles.py`, where the\nservices ask; a route never decides.\n"
    )
    return "\n".join((intro, head, *rows)) + "\n"
