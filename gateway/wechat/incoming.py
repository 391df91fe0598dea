"""What a customer did on a channel, put into the business's words. The official account and WeCom share it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.orm import Session

from cases import bindings, conversations, deliveries, inbox, messages, outbox, ratings
from cases.enums import Channel, EventState, Opening, Owner
from cases.errors import Conflict, Invalid, Locked, NotFound
from cases.masking import mask_name
from cases.messages import Draft
from cases.models import ChannelEvent, ChannelUser, Conversation
from faq.knowledge import phrases
from gateway.state import State
from gateway.wechat import records

WITH_BOT = (Owner.BOT, Owner.QUEUED)
HOLD = timedelta(seconds=4.5)
MOST_TEXT = 2000
TAP = re.compile(r"r(?P<row>\d{1,12})-(?P<score>[1-5])", re.ASCII)
PREFIX = {Channel.WECHAT: "wx:", Channel.WECOM: "kf:"}


@dataclass(frozen=True)
class Incoming:
    """One thing that came in. `kind`: text, image, note (can't be handled), follow, leave, greet, or nothing to do."""

    channel: Channel
    user: str
    key: str
    at: datetime
    kind: str
    text: str = ""
    says: str = ""
    media_id: str = ""
    tap: str = ""
    opens: Opening | None = None
    digest: str = ""
    account: str = ""


@dataclass(frozen=True)
class Taken:
    """What became of it: the conversation and, where the bot is to answer, the message."""

    event_id: int
    conversation_id: str | None = None
    seq: int | None = None
    media: bool = False


@dataclass
class Case:
    """Everything about one incoming thing while it is handled."""

    session: Session
    state: State
    thing: Incoming
    now: datetime
    user: ChannelUser
    event: ChannelEvent

    def conversation(self) -> Conversation:
        """Where it belongs."""
        found = inbox.conversation_for(self.session, self.user, self.now)
        self.event.conversation_id = found.id
        return found

    def say(self, conversation: Conversation, name: str, answers: int | None = None, /, **values: Any) -> None:
        """A fixed text through the one door."""
        text: Any = phrases("wechat")
        for step in name.split("."):
            text = text[step]
        for key, value in {"app": self.state.settings.app_name, **values}.items():
            text = text.replace("{" + key + "}", str(value))
        self.say_text(conversation, text, answers)

    def say_text(self, conversation: Conversation, text: str, answers: int | None = None) -> None:
        """A text that is fixed already."""
        messages.send(
            self.session,
            self.state.door,
            conversation.id,
            [Draft(text, meta={"route": "smalltalk"})],
            self.now,
            answers=answers,
        )


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    content = yaml.safe_load(Path(__file__).with_name("words.yml").read_text("utf-8"))
    return {name: re.compile(pattern, re.S) for name, pattern in content.items()}


def heard(name: str, text: str) -> re.Match[str] | None:
    """Whether a text is what that pattern of `words.yml` describes."""
    return _patterns()[name].fullmatch(text)


def take(session: Session, state: State, thing: Incoming, now: datetime) -> Taken | None:
    """Store what came in and do what it asks; None when it had come before."""
    event = inbox.take(
        session, thing.channel, thing.user, thing.key, thing.at, now, opens=thing.opens, digest=thing.digest
    )
    if event is None:
        return None
    case = Case(session, state, thing, now, inbox.user_of(session, thing.channel, thing.user, now), event)
    seq = HANDLERS[thing.kind](case) if thing.kind in HANDLERS else None
    event.seq = seq
    _open_window(case)
    session.flush()
    return Taken(event.id, event.conversation_id, seq, event.state is EventState.MEDIA)


def _open_window(case: Case) -> None:
    """What waited for the customer goes first; the sender leaves the callback a moment to answer."""
    if case.thing.opens is None:
        return
    user = deliveries.lock_user(case.session, case.thing.channel, case.thing.user, case.now)
    outbox.release(case.session, user, case.event.id, case.now)
    if case.thing.channel is Channel.WECHAT:
        outbox.hold(case.session, user, case.now + HOLD)


def _text(case: Case) -> int | None:
    """A text: a binding, a tapped rating, a number that picks, or something for the bot or the agent."""
    text = (case.thing.says or case.thing.text)[:MOST_TEXT]
    tapped = TAP.fullmatch(case.thing.tap)
    if tapped and _rate(case, int(tapped["row"]), int(tapped["score"])):
        return None
    conversation = case.conversation()
    plain = unicodedata.normalize("NFKC", text).strip()
    if (binding := heard("bind", plain)) or heard("unbind", plain):
        _binding(case, conversation, text, binding)
        return None
    if case.thing.channel is Channel.WECHAT and heard("history", plain) and conversation.owner in WITH_BOT:
        _history(case, conversation, text)
        return None
    client_id, number = _client_id(case.thing), heard("pick", plain)
    choice = inbox.picked(case.session, conversation.id, int(number["number"])) if number else None
    if choice is not None:
        return conversations.post_choice(case.session, conversation.id, client_id, choice, case.now).seq
    return conversations.post_text(case.session, conversation.id, client_id, text, case.now).seq


def _client_id(thing: Incoming) -> str:
    return (PREFIX[thing.channel] + thing.key)[:80]


def _rate(case: Case, row_id: int, score: int) -> bool:
    """A tap on the rating menu; counts where it was asked, even when that conversation is over."""
    row = inbox.rating_row(case.session, case.user, row_id)
    if row is None:
        return False
    case.event.conversation_id = row.conversation_id
    payload = [item["id"] for item in row.choices if item["label"].startswith(str(score))]
    try:
        if payload:
            posted = conversations.post_choice(
                case.session, row.conversation_id, _client_id(case.thing), payload[0], case.now
            )
            inbox.without_turn(case.session, row.conversation_id, posted.seq)
    except (Conflict, Invalid):
        pass  # closed meanwhile: the rating counts all the same
    ratings.rate(case.session, row.conversation_id, score, "", case.now)
    case.say_text(conversations.get(case.session, row.conversation_id), phrases("wechat")["rated"])
    return True


def _binding(case: Case, conversation: Conversation, text: str, wanted: re.Match[str] | None) -> None:
    """绑定 and 解绑: answered here, in the history, without a turn of the bot."""
    seq = conversations.post_text(case.session, conversation.id, _client_id(case.thing), text, case.now).seq
    inbox.without_turn(case.session, conversation.id, seq)
    if wanted is not None:
        name, values = _bound(case, conversation, wanted["rest"].strip())
        case.say(conversation, name, seq, **values)
    else:
        case.say(conversation, "bind.undone" if case.user.customer_key else "bind.none", seq)
        bindings.unbind(case.session, case.user, case.now)


def _history(case: Case, conversation: Conversation, text: str) -> None:
    """聊天记录: where the one history of app and WeChat is shown; how to bind for who is not bound."""
    seq = conversations.post_text(case.session, conversation.id, _client_id(case.thing), text, case.now).seq
    inbox.without_turn(case.session, conversation.id, seq)
    name = "history.link" if case.user.customer_key else "bind.how"
    case.say(conversation, name, seq, url=records.address(case.state.settings))


def _bound(case: Case, conversation: Conversation, rest: str) -> tuple[str, dict[str, str]]:
    proof = heard("proof", rest)
    if case.user.customer_key:
        return "bind.already", {}
    if proof is None:
        return "bind.how", {}
    try:
        customer = bindings.bind_by_proof(
            case.session, case.user, conversation.id, proof["subject"], proof["last4"], case.now
        )
    except NotFound:
        return "bind.failed", {}
    except Locked:
        return "bind.locked", {}
    return "bind.done", {"name": mask_name(customer.name)}


def _note(case: Case) -> None:
    """Something that can't be handled: it stands in the history, and a sentence says what would help."""
    conversation = case.conversation()
    stored = phrases("wechat")["stored"][case.thing.says]
    posted = conversations.post_text(
        case.session, conversation.id, _client_id(case.thing), f"{stored}{case.thing.text}"[:300], case.now
    )
    inbox.without_turn(case.session, conversation.id, posted.seq)
    if conversation.owner in WITH_BOT:
        case.say(conversation, case.thing.says, posted.seq)


def _image(case: Case) -> None:
    """A picture: fetched by its media id afterwards; its address is never used."""
    case.conversation()
    case.event.state, case.event.media_id = EventState.MEDIA, case.thing.media_id


def _follow(case: Case) -> None:
    """Somebody follows the account: a welcome."""
    case.user.following = True
    case.say(case.conversation(), "welcome")


def _leave(case: Case) -> None:
    """Somebody left: nothing can be sent any more. A binding stays for when he comes back."""
    case.user.following = False
    outbox.abandon(case.session, case.user, "unfollowed")


def _greet(case: Case) -> None:
    """A scan by a follower, or a chat that was opened."""
    conversation = case.conversation()
    if conversation.owner in WITH_BOT:
        case.say(conversation, "welcome_back")


HANDLERS = {"text": _text, "image": _image, "note": _note, "follow": _follow, "leave": _leave, "greet": _greet}
