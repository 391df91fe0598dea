"""Start every process of the Procfile, say when the service is ready, and stop all of them together.

One that ends takes the others with it, and the exit status is its own (never 0: none of them may end by itself).
Ctrl-C, SIGTERM and a closed terminal stop everything; a child also goes when the launcher is killed.
"""

from __future__ import annotations

import ctypes
import functools
import json
import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from typing import Any

from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Printer
from honcho.process import Popen, Process

from cases.errors import SettingsError
from cases.settings import ROOT, Settings
from deploy.environment import is_local, port_of, process_environment, read_settings, refusals

PATIENCE_SECONDS = 5
POLL_SECONDS = 0.5
REMIND_SECONDS = 60
PR_SET_PDEATHSIG = 1


def launch(settings: Settings) -> int:
    """Run the service until it stops; the exit status. Raises SettingsError when a port is taken."""
    commands = local_commands(settings)
    check_ports(settings, commands)
    service = Service(settings)
    for name, command in commands.items():
        service.add_process(name, command, env=process_environment(settings), cwd=str(ROOT))
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    service.loop()
    return exit_status(service.returncode)


def local_commands(settings: Settings) -> dict[str, str]:
    """The Procfile without what runs on another machine (RASA_URL, ACTIONS_URL)."""
    commands: dict[str, str] = dict(parse_procfile((ROOT / "Procfile").read_text()).processes)
    elsewhere = {"rasa": settings.rasa_url, "actions": settings.actions_url}
    return {name: line for name, line in commands.items() if is_local(elsewhere.get(name, "http://127.0.0.1"))}


def check_ports(settings: Settings, commands: dict[str, str]) -> None:
    """Raise SettingsError for the first port that cannot be listened on."""
    wanted = [
        ("gateway", "PORT", settings.host, settings.port),
        ("rasa", "RASA_PORT", "127.0.0.1", port_of(settings.rasa_url)),
        ("actions", "ACTIONS_PORT", "127.0.0.1", port_of(settings.actions_url)),
    ]
    for name, setting, host, port in wanted:
        if name in commands:
            check_port(setting, host, port)


def check_port(setting: str, host: str, port: int) -> None:
    """Raise SettingsError, naming the setting, when that address cannot be listened on."""
    try:
        family, kind, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError:
        raise SettingsError(
            f"{setting} {port} needs more rights than this user has; set {setting} above 1023"
        ) from None
    except socket.gaierror:
        raise SettingsError(f"HOST must be an address of this machine, not {host!r}") from None
    except OSError as error:
        if error.errno == 99:  # EADDRNOTAVAIL
            raise SettingsError(f"HOST must be an address of this machine, not {host!r}") from None
        raise SettingsError(
            f"{setting} {port} is already in use on {host}; stop what listens there or set {setting}"
        ) from None


def exit_status(code: int | None) -> int:
    """A shell's exit status: 128 and the signal for one that was killed, 1 for one that ended as if all were well."""
    if code is None or code == 0:
        return 1
    return 128 - code if code < 0 else code


class Child(Process):  # type: ignore[misc]  # honcho has no types
    """A process that does not outlive the launcher, however that ends."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._child_ctor = functools.partial(Popen, preexec_fn=functools.partial(end_with_parent, signal.SIGTERM))

    def run(self, *args: Any, **kwargs: Any) -> None:
        """Run the command in a process of honcho's, which ends with the launcher too."""
        end_with_parent(signal.SIGKILL)
        super().run(*args, **kwargs)


def end_with_parent(number: int) -> None:
    """Ask Linux to send this process that signal when its parent ends; elsewhere nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


class Service(Manager):  # type: ignore[misc]  # honcho has no types
    """honcho's manager, with a watch on readiness and a limit to how long stopping takes."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(Printer(sys.stdout))
        self._process_ctor = Child
        self._settings = settings
        self.stopping = threading.Event()

    def _start(self) -> None:
        super()._start()
        threading.Thread(target=announce, args=(self._settings, self.stopping), daemon=True).start()

    def terminate(self) -> None:
        """Ask every process to stop, and do not wait for one that does not."""
        self.stopping.set()
        if not self._all_started():  # honcho does not know all their numbers yet
            threading.Timer(POLL_SECONDS, self.terminate).start()
            return
        super().terminate()
        timer = threading.Timer(PATIENCE_SECONDS, self.kill)
        timer.daemon = True
        timer.start()


def announce(settings: Settings, stopping: threading.Event) -> None:
    """Print `ready` with the addresses as soon as every part answers; meanwhile, now and then, what does not."""
    began = reminded = time.monotonic()
    while not stopping.wait(POLL_SECONDS):
        missing = not_ready(base_url(settings))
        if missing is None:
            print(ready_line(settings, time.monotonic() - began), flush=True)
            return
        if time.monotonic() - reminded > REMIND_SECONDS:
            reminded = time.monotonic()
            print(f"not ready yet: {missing}", flush=True)


def not_ready(base: str) -> str | None:
    """None when every part answers, else what the gateway says does not."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy: it is this machine
    try:
        with opener.open(f"{base}/readyz", timeout=5):
            return None
    except urllib.error.HTTPError as error:
        return error.read(300).decode(errors="replace")
    except OSError as error:
        return f"gateway ({error})"


def base_url(settings: Settings) -> str:
    """Where the gateway answers on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def ready_line(settings: Settings, seconds: float) -> str:
    """The addresses, and with the demo data its log-ins."""
    base = base_url(settings)
    parts = [f"ready in {seconds:.0f} s", f"chat {base}/", f"desk {base}/desk"]
    logins = settings.var / "secrets" / "demo_logins.json"
    if settings.embedded and logins.exists():
        parts.append(
            "log-ins " + "  ".join(f"{name} / {word}" for name, word in json.loads(logins.read_text()).items())
        )
    return "   ".join(parts)


if __name__ == "__main__":
    with refusals():
        sys.exit(launch(read_settings()))
