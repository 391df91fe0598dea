"""Stories in YAML: who talks, what is said, and what has to come of it.

A file holds stories by name. A story is a list of steps, one of

    signed_in: KEY             the customer comes from the insurer's app (first step only); otherwise a guest
    customer: TEXT             types a text, `times` over if that is given
    tap: LABEL                 taps a choice
    tap_first: WORD            taps the newest choice whose label has that word
    image: KIND                sends a picture (talk.picture)
    somebody_else: KEY         another customer, or a `guest`, opens a conversation of his own; what follows is his
    agent: ACTION              accept, reply, note, transfer, escalate, return, close; `who` is xiaochen unless given,
                               further keys are the body

with `expect`, a mapping of

    route, routes              of the first message, of all messages in order
    faq_id                     of the first answer, or a list of all that were given
    owner                      of the conversation
    says, says_not             expressions for the text of all messages of the turn together
    choices                    labels that are offered; [] for none
    messages                   how many messages the turn had
    card, kind                 of one of the messages
    silent                     nothing is said by the bot
    status                     of the HTTP answer, where it is refused
    stored, stored_not         expressions for the customer's own message as it reads now
    written                    what stands in the database: see `check_written`
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import yaml
from sqlalchemy import select

from cases.models import AccidentReport, Appointment, Complaint, Handover, Rating
from tests.service import Service
from tests.stories.talk import Agent, Customer, Message

FOLDER = Path(__file__).parent
SILENCE_SECONDS = 1
SAYS = ("customer", "tap", "tap_first", "image")


def stories() -> dict[str, list[dict[str, Any]]]:
    """Every story, named by topic and name."""
    files = sorted(FOLDER.glob("*.yml"))
    return {
        f"{path.stem}-{name}": steps
        for path in files
        for name, steps in yaml.safe_load(path.read_text(encoding="utf-8")).items()
    }


@lru_cache(maxsize=8)
def desk(service: Service, username: str) -> Agent:
    """An agent who stays logged in for the whole run."""
    return Agent(service, username)


@dataclass
class Heard:
    """What came of a step: the bot's messages, the owner, the HTTP answer, the customer's own message."""

    answer: httpx.Response
    messages: list[Message] = field(default_factory=list)
    owner: str = ""
    stored: str = ""

    @property
    def text(self) -> str:
        """All that was said."""
        return "\n".join(message["text"] for message in self.messages)


class Story:
    """A story as it is being told."""

    def __init__(self, service: Service, steps: list[dict[str, Any]]) -> None:
        self.service, self.steps = service, steps
        self.customer = Customer(service, next((step["signed_in"] for step in steps if "signed_in" in step), None))
        self.told: list[str] = []

    def tell(self) -> None:
        """Every step, each checked."""
        for step in self.steps:
            heard = self._take(step)
            if heard is not None:
                self.told.append(f"{_line(step)}\n{_lines(heard)}")
                self._check(step.get("expect", {}), heard)

    def _take(self, step: dict[str, Any]) -> Heard | None:
        if key := step.get("somebody_else"):
            self.customer = Customer(self.service, None if key == "guest" else key)
        elif "agent" in step:
            return self._desk_step(step)
        elif kind := next((name for name in SAYS if name in step), None):
            send = {
                "customer": self.customer.say,
                "tap": self.customer.tap,
                "tap_first": self.customer.tap_first,
                "image": self.customer.picture,
            }[kind]
            return self._heard(send(step[kind] * step.get("times", 1)), step.get("expect", {}))
        return None

    def _heard(self, posted: httpx.Response, expect: dict[str, Any]) -> Heard:
        if not posted.is_success:
            return Heard(posted, owner=self.customer.read(0)["owner"])
        own = self.customer.read(self.customer.seq - 1)["messages"][0]["text"]
        if expect.get("silent"):
            seen = self.customer.read(self.customer.seq, wait=SILENCE_SECONDS)
            said = [message for message in seen["messages"] if message["from"] == "bot"]
        else:
            seen = self.customer.answer()
            said = seen["messages"]
        return Heard(posted, said, seen["owner"], own)

    def _desk_step(self, step: dict[str, Any]) -> Heard:
        before = max((message["seq"] for message in self.customer.read(0)["messages"]), default=0)
        body = {name: value for name, value in step.items() if name not in ("agent", "who", "expect")}
        done = desk(self.service, step.get("who", "xiaochen")).do(self.customer.id, step["agent"], **body)
        seen = self.customer.read(before)
        return Heard(done, seen["messages"], seen["owner"])

    def _check(self, expect: dict[str, Any], heard: Heard) -> None:
        assert heard.answer.status_code in ([expect["status"]] if "status" in expect else [200, 202]), self._so_far()
        for name, wanted in expect.items():
            problem = CHECKS[name](self, wanted, heard) if name in CHECKS else f"unknown expectation {name}"
            assert not problem, f"{problem}\n\n{self._so_far()}"

    def _so_far(self) -> str:
        return "\n".join(self.told)

    def check_written(self, wanted: dict[str, Any]) -> str | None:
        """What was written for this conversation, beside the messages.

        complaints, reports, appointments, handovers, ratings: how many · complaint, report, appointment, handover,
        rating: fields of the newest, an expression for a text.
        """
        for name, value in wanted.items():
            with self.service.database.read() as session:
                table = WRITTEN[name.removesuffix("s")]
                query = select(table).where(table.conversation_id == self.customer.id)
                rows = list(session.execute(query).scalars())
            if name.endswith("s"):
                problem = f"{len(rows)}" if len(rows) != value else None
            else:
                problem = _differs(rows[-1], value) if rows else "there is none"
            if problem:
                return f"{name}: {problem}, not {value}"
        return None


WRITTEN: dict[str, Any] = {
    "complaint": Complaint,
    "report": AccidentReport,
    "appointment": Appointment,
    "handover": Handover,
    "rating": Rating,
}


def _differs(row: Any, wanted: dict[str, Any]) -> str | None:
    for name, value in wanted.items():
        found = getattr(row, name)
        fits = re.search(value, str(found or "")) if isinstance(value, str) else found == value
        if not fits:
            return f"{name} is {found!r}"
    return None


def _route(story: Story, wanted: str, heard: Heard) -> str | None:
    routes = [message["meta"].get("route") for message in heard.messages]
    return None if routes[:1] == [wanted] else f"route {routes[:1]}, not {wanted}"


def _routes(story: Story, wanted: list[str], heard: Heard) -> str | None:
    routes = [message["meta"].get("route") for message in heard.messages]
    return None if routes == wanted else f"routes {routes}, not {wanted}"


def _faq_id(story: Story, wanted: str | list[str], heard: Heard) -> str | None:
    given = list(dict.fromkeys(message["meta"]["faq_id"] for message in heard.messages if "faq_id" in message["meta"]))
    if isinstance(wanted, list):
        return None if set(given) == set(wanted) else f"topics {given}, not {wanted}"
    cited = next((message["meta"].get("citations") for message in heard.messages if "faq_id" in message["meta"]), None)
    return (
        None
        if given[:1] == [wanted] and isinstance(cited, list)
        else f"topics {given}, citations {cited}, not {wanted}"
    )


def _says(story: Story, wanted: list[str], heard: Heard) -> str | None:
    missing = [pattern for pattern in wanted if not re.search(pattern, heard.text)]
    return f"does not say {missing}" if missing else None


def _says_not(story: Story, unwanted: list[str], heard: Heard) -> str | None:
    found = [pattern for pattern in unwanted if re.search(pattern, heard.text)]
    return f"says {found}" if found else None


def _choices(story: Story, wanted: list[str], heard: Heard) -> str | None:
    labels = [choice["label"] for message in heard.messages for choice in message["choices"]]
    missing = [label for label in wanted if label not in labels]
    return f"does not offer {missing or 'nothing'} but {labels}" if missing or (not wanted and labels) else None


def _card(story: Story, wanted: str, heard: Heard) -> str | None:
    cards = [(message["data"].get("card") or {}).get("type") for message in heard.messages]
    return None if wanted in cards else f"cards {cards}, not {wanted}"


CHECKS: dict[str, Any] = {
    "route": _route,
    "routes": _routes,
    "faq_id": _faq_id,
    "says": _says,
    "says_not": _says_not,
    "choices": _choices,
    "card": _card,
    "written": lambda story, wanted, heard: story.check_written(wanted),
    "owner": lambda story, wanted, heard: None if heard.owner == wanted else f"owner {heard.owner}, not {wanted}",
    "messages": lambda story, n, heard: (
        None if len(heard.messages) == n else f"{len(heard.messages)} messages, not {n}"
    ),
    "kind": lambda story, kind, heard: None if kind in [m["kind"] for m in heard.messages] else f"no {kind}",
    "silent": lambda story, _, heard: f"the bot says {heard.text}" if heard.messages else None,
    "status": lambda story, *_: None,
    "stored": lambda story, wanted, heard: None if re.search(wanted, heard.stored) else f"stored {heard.stored!r}",
    "stored_not": lambda story, unwanted, heard: (
        f"stored {heard.stored!r}" if re.search(unwanted, heard.stored) else None
    ),
}


def _line(step: dict[str, Any]) -> str:
    return "> " + "，".join(f"{name} {value}" for name, value in step.items() if name != "expect")


def _lines(heard: Heard) -> str:
    rows = [
        f"  [{message['from']} {message['meta'].get('route')} {message['meta'].get('faq_id') or ''}] {message['text']}"
        f" {[choice['label'] for choice in message['choices']] or ''}"
        for message in heard.messages
    ]
    return "\n".join(rows or [f"  [{heard.answer.status_code}] {heard.answer.text[:120]}"]) + f"\n  owner {heard.owner}"
