"""Training, start and stop: what is skipped, what is refused with one sentence, and that nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cases.errors import SettingsError
from cases.settings import ROOT, Settings, read_settings
from deploy import launch, serve, training
from deploy.environment import is_local, process_environment

GATEWAY = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *words): pass
http.server.HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""
ENTRY = "entries: [{id: time.claim, title: 多久, phrasings: [几天], answer: 三十日}]"
LAUNCH = """
import sys
from pathlib import Path
from deploy import launch
from deploy.environment import read_settings, refusals
launch.ROOT = Path(sys.argv[1])
with refusals():
    sys.exit(launch.launch(read_settings()))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "VAR_DIR": str(tmp_path / "var"),
        "DATABASE_URL": "",
        "HOST": "127.0.0.1",
        "PORT": str(free_port()),
        "RASA_PORT": str(free_port()),
        "ACTIONS_PORT": str(free_port()),
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture
def settings(env: dict[str, str]) -> Settings:
    return read_settings(dict(env))


def start(folder: Path, env: dict[str, str], **commands: str) -> subprocess.Popen[str]:
    """The launcher over stand-ins: NAME='python code', beside a gateway that is ready at once."""
    (folder / "gateway.py").write_text(GATEWAY)
    lines = ["gateway: exec python gateway.py"]
    for name, code in commands.items():
        (folder / f"{name}.py").write_text(code)
        lines.append(f"{name}: exec python {name}.py {folder}")
    (folder / "Procfile").write_text("\n".join(lines) + "\n")
    return subprocess.Popen(
        [sys.executable, "-c", LAUNCH, str(folder)],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def wait_for(process: subprocess.Popen[str], word: str) -> str:
    """The first line of output that begins with a word."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(word):
            return line
    raise AssertionError(f"it ended without saying {word}")


def left_over(folder: Path) -> list[str]:
    """The command lines of processes that were started from a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in words:
            found.append(words)
    return found


def gone(folder: Path) -> bool:
    """Whether everything that was started from a folder ends within two seconds."""
    for _ in range(20):
        if not left_over(folder):
            return True
        time.sleep(0.1)
    return False


def test_ready_is_one_line_with_the_addresses(tmp_path: Path, env: dict[str, str]) -> None:
    """`make run` says where to go."""
    secrets = tmp_path / "var" / "secrets"
    secrets.mkdir(parents=True)
    (secrets / "demo_logins.json").write_text(json.dumps({"agent": "open-sesame"}))
    process = start(tmp_path, env, worker="import time; time.sleep(60)")
    try:
        line = wait_for(process, "ready")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert f"chat http://127.0.0.1:{env['PORT']}/" in line
    assert f"desk http://127.0.0.1:{env['PORT']}/desk" in line
    assert "agent / open-sesame" in line


@pytest.mark.parametrize(("code", "status"), [("7", 7), ("0", 1)])
def test_one_that_ends_takes_the_others_with_it(tmp_path: Path, env: dict[str, str], code: str, status: int) -> None:
    """The exit status is its own; ending without an error is an error too."""
    worker = f"import sys, time; time.sleep(1.5); sys.exit({code})"
    process = start(tmp_path, env, worker=worker, rasa="import time; time.sleep(60)")
    process.communicate(timeout=30)
    assert process.returncode == status
    assert gone(tmp_path)


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143), (signal.SIGKILL, -9)]
)
def test_stopping_leaves_no_child_behind(tmp_path: Path, env: dict[str, str], number: int, status: int) -> None:
    """Not even when the launcher itself is killed."""
    process = start(tmp_path, env, worker="import time; time.sleep(60)")
    wait_for(process, "ready")
    process.send_signal(number)
    process.communicate(timeout=20)
    assert process.returncode == status
    assert gone(tmp_path)


def test_a_process_that_will_not_stop_is_killed(tmp_path: Path, env: dict[str, str]) -> None:
    """Ctrl-C takes a few seconds at most."""
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    process = start(tmp_path, env, worker=stubborn)
    wait_for(process, "ready")
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert time.monotonic() - began < 10
    assert gone(tmp_path)


def test_a_taken_port_is_refused_with_one_sentence(tmp_path: Path, env: dict[str, str]) -> None:
    """It names the setting and nothing is started."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(env["PORT"])))
        other.listen()
        process = start(tmp_path, env)
        said, _ = process.communicate(timeout=20)
    assert process.returncode == 2
    assert said.startswith(f"PORT {env['PORT']} is already in use")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("PORT", "99999"),
        ("SERVICE_HOURS", "9 to 5"),
        ("DATABASE_URL", "mysql://x"),
        ("VAR_DIR", "/proc/x"),
    ],
)
def test_a_wrong_setting_is_refused_with_one_sentence(env: dict[str, str], name: str, value: str) -> None:
    """It names the setting; exit code 2; no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "deploy.serve", "worker"],
        env={**env, name: value},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert name in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_host_that_is_not_here_is_refused() -> None:
    """As a name that means nothing, and as somebody else's address."""
    for host in ("no such host", "192.0.2.1"):
        with pytest.raises(SettingsError, match="HOST"):
            launch.check_port("PORT", host, free_port())


def test_what_runs_elsewhere_is_not_started(env: dict[str, str]) -> None:
    """RASA_URL on another machine leaves rasa out."""
    remote = read_settings({**env, "RASA_URL": "http://rasa.example:5005"})
    assert "rasa" not in launch.local_commands(remote)
    assert "actions" in launch.local_commands(remote)
    assert is_local("http://127.0.0.1:5055/webhook")


def test_the_procfile_names_the_processes() -> None:
    """Each line starts one process that `deploy.serve` knows."""
    lines = [line for line in (ROOT / "Procfile").read_text().splitlines() if line and not line.startswith("#")]
    assert [line.split(":")[0] for line in lines] == list(serve.PROCESSES)
    assert all(line.endswith(f"deploy.serve {line.split(':')[0]}") for line in lines)


def test_rasa_and_the_actions_listen_on_loopback_and_send_nothing_home(settings: Settings) -> None:
    """Whatever HOST says."""
    env = process_environment(settings)
    assert env["SANIC_HOST"] == "127.0.0.1"
    assert env["RASA_TELEMETRY_ENABLED"] == "false"
    assert env["ACTIONS_URL"] == settings.actions_url


class TestModel:
    """When the model is trained again."""

    @pytest.fixture
    def clone(self, tmp_path: Path) -> Path:
        for name in ("config.yml", "domain.yml", "bot/data/nlu.yml", "bot/nlu/decision.py", "faq/entries/time.yml"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(name)
        (tmp_path / "faq/entries/time.yml").write_text(ENTRY)
        return tmp_path

    def test_wording_trains_nothing(self, clone: Path, settings: Settings) -> None:
        before = training.fitting_model(settings, clone)
        (clone / "faq/entries/time.yml").write_text(ENTRY.replace("三十日", "30日"))
        assert training.fitting_model(settings, clone) == before

    def test_a_new_phrasing_does(self, clone: Path, settings: Settings) -> None:
        before = training.fitting_model(settings, clone)
        (clone / "faq/entries/time.yml").write_text(ENTRY.replace("几天", "几日"))
        assert training.fitting_model(settings, clone) != before

    @pytest.mark.parametrize("name", ["config.yml", "domain.yml", "bot/data/nlu.yml", "bot/nlu/decision.py"])
    def test_what_it_is_made_from_does(self, clone: Path, settings: Settings, name: str) -> None:
        before = training.fitting_model(settings, clone)
        (clone / name).write_text("new")
        assert training.fitting_model(settings, clone) != before

    def test_rasas_cache_is_trusted_only_for_the_same_program(self, clone: Path, settings: Settings) -> None:
        before = training.fitting_model(settings, clone)
        before.parent.mkdir(parents=True)
        before.touch()
        (clone / "domain.yml").write_text("new")
        assert training.cache_words(training.fitting_model(settings, clone)) == []
        (clone / "bot/nlu/decision.py").write_text("new")
        assert training.cache_words(training.fitting_model(settings, clone)) == ["--force"]

    def test_the_last_few_are_kept(self, tmp_path: Path) -> None:
        for number in range(5):
            path = tmp_path / f"claims-{number}-0.tar.gz"
            path.touch()
            os.utime(path, (number, number))
        training.remove_old(tmp_path)
        assert sorted(path.name[7] for path in tmp_path.iterdir()) == ["2", "3", "4"]
