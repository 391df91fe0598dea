"""What the tests of the business share: a database of their own, a fixed time, rows of the contract's load file."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from cases import agents, conversations
from cases.db import Database
from cases.enums import HandoverState, Owner, Role
from cases.messages import Door
from cases.models import Agent, Base, Complaint, Conversation, Handover, Platform
from faq.review import load_reviewer
from tests.desk_rows import Staff, filed, staff
from tests.gateway_server import Chat, Desk, Gateway, until
from tests.rasa_stand_in import RasaStandIn
from tests.rows import MONDAY, NOW, PASSWORD, PLATE, WANG, load_rows, load_two
from tests.service import trained_model
from tests.wechat_service import Service as WeChatService
from tests.wechat_service import new_user

Load = Callable[..., Any]
Open = Callable[..., Conversation]
MakeAgent = Callable[..., Agent]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "e2e: runs real processes of the service against each other")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Train the model before the first test where one needs it: it takes longer than a test may."""
    collected: list[Any] = [] if session.config.option.collectonly else session.items
    if any("model" in item.fixturenames for item in collected):
        trained_model()


@pytest.fixture(scope="session")
def model() -> Path:
    """The trained model of the present files."""
    return trained_model()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables, copied for each test."""
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    made = Database(f"sqlite:///{path}")
    Base.metadata.create_all(made.engine)
    made.dispose()
    return path


@pytest.fixture
def database(empty_database: Path, tmp_path: Path) -> Iterator[Database]:
    """A database for this test alone."""
    path = tmp_path / "claims.db"
    shutil.copyfile(empty_database, path)
    made = Database(f"sqlite:///{path}")
    yield made
    made.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """One transaction around the test."""
    with database.write() as opened:
        yield opened


@pytest.fixture
def now() -> datetime:
    """A Sunday morning in Shanghai: 2026-11-22 10:00."""
    return NOW


@pytest.fixture(scope="session")
def door() -> Door:
    """The door out with the rules of `faq/wording`."""
    reviewer = load_reviewer()
    return Door(reviewer.review, reviewer.version)


@pytest.fixture
def load(session: Session) -> Load:
    """Load customers, policies and claims as the contract's load file gives them."""
    return lambda **rows: load_rows(session, **rows)


@pytest.fixture
def opened(session: Session, now: datetime) -> Open:
    """Open a conversation and give its row."""

    def make(customer_key: str | None = None, at: datetime = now) -> Conversation:
        made = conversations.open_conversation(session, at, customer_key=customer_key)
        return conversations.get(session, made.conversation_id)

    return make


@pytest.fixture
def make_agent(session: Session) -> MakeAgent:
    """Make an agent with the password of the tests."""

    def make(username: str = "xiaochen", role: Role = Role.FIRST_LINE, name: str = "小陈") -> Agent:
        return agents.set_password(session, username, PASSWORD, name=name, role=role)

    return make


@pytest.fixture
def people(make_agent: MakeAgent) -> Staff:
    """One agent of each role."""
    return staff(make_agent)


@pytest.fixture
def wang(session: Session, opened: Open) -> Conversation:
    """Ms Wang's conversation, begun on Monday."""
    load_two(session)
    return opened(WANG, MONDAY)


@pytest.fixture
def complaint(session: Session, wang: Conversation) -> Complaint:
    """Ms Wang's complaint, of the same moment."""
    return filed(session, wang, MONDAY)


@pytest.fixture(scope="module")
def rasa() -> Iterator[RasaStandIn]:
    """Rasa, as far as the gateway can tell."""
    made = RasaStandIn()
    yield made
    made.close()


@pytest.fixture(scope="module")
def gateway(rasa: RasaStandIn, empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The gateway, for all tests of a file; each opens its own conversations."""
    made = Gateway(tmp_path_factory.mktemp("gateway") / "var", empty_database, rasa.url)
    yield made
    rasa.reset()
    made.close()


@pytest.fixture
def obliging(rasa: RasaStandIn) -> Iterator[None]:
    """Rasa answers again when a test is over; `usefixtures` in the files that make it do otherwise."""
    yield
    rasa.reset()


@pytest.fixture
def chat(gateway: Gateway, request: pytest.FixtureRequest) -> Chat:
    """A conversation of the customer whom the file names as `CUSTOMER`, otherwise a guest's."""
    return gateway.chat(getattr(request.module, "CUSTOMER", None))


@pytest.fixture(scope="module")
def desks(gateway: Gateway) -> dict[str, Desk]:
    """Everybody logged in once."""
    return {name: gateway.desk(name) for name in ("chen", "zhou", "lin", "lead")}


@pytest.fixture
def held(gateway: Gateway, chat: Chat, desks: dict[str, Desk]) -> Chat:
    """The conversation of `chat`, with 小陈."""
    chat.say("我要投诉，电话13800009999")
    chat.answered()
    desks["chen"].accept(chat)
    return chat


@pytest.fixture
def chen(desks: dict[str, Desk]) -> Desk:
    """First line."""
    return desks["chen"]


@pytest.fixture
def lin(desks: dict[str, Desk]) -> Desk:
    """First line too."""
    return desks["lin"]


@pytest.fixture(scope="module")
def desk(gateway: Gateway) -> Desk:
    """小陈, first line."""
    return gateway.desk("chen")


@pytest.fixture(scope="module")
def wechat(
    rasa: RasaStandIn, empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WeChatService]:
    """Gateway, sender and a stand-in for WeChat's platform, for all tests of a file; each is another follower."""
    made = WeChatService(tmp_path_factory.mktemp("wechat") / "var", empty_database, rasa)
    yield made
    rasa.reset()
    made.close()


@pytest.fixture
def undisturbed(wechat: WeChatService) -> Iterator[None]:
    """No faults, no rests, the bot echoes."""
    wechat.rasa.reset()
    wechat.platform.faults.clear()
    wechat.platform.always.clear()
    yield
    wechat.platform.faults.clear()
    wechat.platform.always.clear()
    wechat.platform.offset = 0.0
    wechat.change(lambda s: s.execute(update(Platform).values(paused_until=None)))


@pytest.fixture
def openid(wechat: WeChatService) -> str:
    """A follower who has just written, and been answered within the reply."""
    made = new_user()
    assert wechat.account.say(made, "你好") == "收到：你好"
    return made


@pytest.fixture
def nobody_waits(wechat: WeChatService) -> None:
    """The bot echoes; nobody waits for a person."""
    wechat.rasa.reset()
    wechat.change(lambda s: s.execute(update(Conversation).values(owner=Owner.CLOSED)))
    wechat.change(lambda s: s.execute(update(Handover).values(state=HandoverState.CLOSED)))


@pytest.fixture
def bound(wechat: WeChatService) -> str:
    """A follower bound to Ms Wang."""
    openid = new_user()
    assert "绑定成功，王*" in (wechat.account.say(openid, f"绑定 {PLATE} 1234") or "")
    return openid


@pytest.fixture(scope="module")
def kf(rasa: RasaStandIn, empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WeChatService]:
    """A service with WeCom in the mode `own_desk`."""
    made = WeChatService(tmp_path_factory.mktemp("kf") / "var", empty_database, rasa, wecom="own_desk")
    until(lambda: made.kf.calls["/cgi-bin/kf/sync_msg"])  # the reading at start
    yield made
    made.close()
