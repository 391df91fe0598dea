"""`python -m cases`: what it prints, what it refuses, and that the database it makes is the one the models describe."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, select

from cases import agents, clock, commands
from cases.enums import ClaimStatus, Role
from cases.errors import Invalid, LoadError, NotFound, SettingsError
from cases.models import Agent, Base, Claim, Customer, Policy
from cases.settings import ROOT, Settings, read_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"VAR_DIR": str(tmp_path)})


def run(tmp_path: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """`python -m cases WORDS…` on a database of its own."""
    env = {**os.environ, "VAR_DIR": str(tmp_path), "DATABASE_URL": ""}
    return subprocess.run(
        [sys.executable, "-m", "cases", *words],
        env=env,
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_migrations_make_what_the_models_say(settings: Settings) -> None:
    """No difference that Alembic can see."""
    commands.migrate(settings.database_url)
    with commands.Database(settings.database_url).engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_again_changes_nothing(settings: Settings) -> None:
    """Every start asks for it."""
    assert commands.is_behind(settings.database_url)
    commands.migrate(settings.database_url)
    assert not commands.is_behind(settings.database_url)
    commands.migrate(settings.database_url)


def test_two_that_migrate_at_once_do_not_collide(tmp_path: Path) -> None:
    """Two processes of one release start together."""
    env = {**os.environ, "VAR_DIR": str(tmp_path), "DATABASE_URL": ""}
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "cases", "migrate"], env=env, cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    assert [(process.communicate()[1], process.returncode) for process in both] == [("", 0), ("", 0)]


def test_the_demo_shows_every_state(settings: Settings) -> None:
    """Somebody with several claims, somebody with none, and each of the sixteen states."""
    commands.load_demo(settings)
    with commands.Database(settings.database_url).read() as session:
        assert set(session.execute(select(Claim.status)).scalars()) == set(ClaimStatus)
        joined = select(Customer.key, func.count(Claim.claim_no)).select_from(Customer)
        joined = joined.outerjoin(Customer.policies).outerjoin(Policy.claims).group_by(Customer.key)
        claims = dict(session.execute(joined).all())
    assert claims["C1001"] > 1
    assert claims["C1008"] == 0


def test_the_demo_is_loaded_once(settings: Settings) -> None:
    """What was changed since stays changed, and the log-ins stay the same."""
    commands.load_demo(settings)
    logins = settings.var / "secrets" / "demo_logins.json"
    words = logins.read_text()
    with commands.Database(settings.database_url).write() as session:
        session.get(Customer, "C1001").name = "王小芳"
    assert commands.load_demo(settings) == []
    with commands.Database(settings.database_url).read() as session:
        assert session.get(Customer, "C1001").name == "王小芳"
    assert logins.read_text() == words


def test_the_demo_log_ins_work_and_are_private(settings: Settings) -> None:
    """One of each role, with a password that only the owner of the files can read."""
    commands.load_demo(settings)
    logins = settings.var / "secrets" / "demo_logins.json"
    assert stat.S_IMODE(logins.stat().st_mode) == 0o600
    with commands.Database(settings.database_url).write() as session:
        roles = {}
        for name, word in json.loads(logins.read_text()).items():
            logged_in = agents.log_in(session, name, word, clock.utc_now())
            assert logged_in is not None
            roles[name] = logged_in.agent.role
    assert roles == {"agent": Role.FIRST_LINE, "senior": Role.SPECIALIST, "lead": Role.SUPERVISOR}


def test_a_new_database_gets_the_log_ins_that_were_told(settings: Settings) -> None:
    """Removing the database does not make the printed passwords wrong."""
    commands.load_demo(settings)
    words = json.loads((settings.var / "secrets" / "demo_logins.json").read_text())
    (settings.var / "claims.db").unlink()
    commands.load_demo(settings)
    with commands.Database(settings.database_url).write() as session:
        assert agents.log_in(session, "lead", words["lead"], clock.utc_now())


def test_there_is_no_demo_on_a_database_server(tmp_path: Path) -> None:
    """Well-known accounts have no place there."""
    secret = "s" * 20
    server = {"DATABASE_URL": "postgresql://127.0.0.1:1/x", "VAR_DIR": str(tmp_path)}
    settings = read_settings({**server, "APP_JWT_SECRET": secret, "CORE_HMAC_SECRET": secret, "GATEWAY_SECRET": secret})
    with pytest.raises(SettingsError, match="demo"):
        commands.load_demo(settings)


def test_load_says_what_it_did(tmp_path: Path) -> None:
    """On a machine where nothing was started yet."""
    done = run(tmp_path, "load", "deploy/demo.json")
    assert done.returncode == 0
    assert "8 customers, 10 policies, 20 claims" in done.stdout


def test_load_names_the_first_wrong_row_and_writes_nothing(tmp_path: Path, settings: Settings) -> None:
    """All or nothing."""
    document = json.loads((ROOT / "deploy" / "demo.json").read_text())
    document["claims"][2]["status"] = "DONE"
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(document))
    done = run(tmp_path, "load", str(wrong))
    assert done.returncode == 1
    assert done.stderr.startswith("claims row 3: status")
    with commands.Database(settings.database_url).read() as session:
        assert session.execute(select(func.count()).select_from(Customer)).scalar_one() == 0


@pytest.mark.parametrize(
    "content", [None, "", "{", "[]", '"text"', '{"claim": []}', '{"claims": {}}', '{"claims": [1]}']
)
def test_a_file_that_is_no_load_file_is_refused(settings: Settings, tmp_path: Path, content: str | None) -> None:
    """With a sentence, not a traceback."""
    path = tmp_path / "file.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(LoadError):
        commands.load_file(settings, path)


def test_an_account_is_made_listed_and_closed(settings: Settings) -> None:
    """A password that nobody gave is made and told once."""
    [line] = commands.add_agent(settings, "bao", "specialist", "小鲍", None)
    word = line.rsplit(" ", 1)[1]
    with commands.Database(settings.database_url).write() as session:
        assert agents.log_in(session, "bao", word, clock.utc_now())
    assert commands.list_agents(settings) == ["bao\tspecialist\t小鲍\tactive"]
    commands.disable_agent(settings, "bao")
    assert commands.list_agents(settings) == ["bao\tspecialist\t小鲍\tdisabled"]
    with commands.Database(settings.database_url).read() as session:
        assert not session.execute(select(Agent.active)).scalar_one()


def test_a_password_may_come_from_stdin(tmp_path: Path) -> None:
    """Then it is not printed."""
    done = run(tmp_path, "agent", "add", "bao", "--password-stdin", stdin="correct horse battery\n")
    assert done.stdout.strip() == "bao (first_line)"


def test_what_makes_no_account_is_refused(settings: Settings) -> None:
    """A short password, an empty name, an agent who is not there."""
    with pytest.raises(Invalid):
        commands.add_agent(settings, "bao", "specialist", None, "short")
    with pytest.raises(Invalid):
        commands.add_agent(settings, "", "specialist", None, None)
    with pytest.raises(NotFound):
        commands.disable_agent(settings, "nobody")


def test_a_wrong_setting_is_one_sentence(tmp_path: Path) -> None:
    """Exit code 2, as at the start of the service."""
    env = {**os.environ, "VAR_DIR": str(tmp_path), "PORT": "x"}
    done = subprocess.run(
        [sys.executable, "-m", "cases", "migrate"], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
