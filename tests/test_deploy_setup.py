"""Set-up: what it needs, what it takes as a source, and that no source is left out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cases.settings import ROOT
from deploy import setup, setup_steps, setup_web


class TestSetup:
    """deploy.setup, before there is an environment."""

    def test_a_digest_changes_with_content_and_with_name(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(setup_steps, "ROOT", tmp_path)
        one, two = tmp_path / "one", tmp_path / "two"
        one.write_text("a")
        two.write_text("a")
        digests = {setup_steps.digest([one]), setup_steps.digest([two])}
        one.write_text("b")
        assert len(digests | {setup_steps.digest([one])}) == 3

    def test_the_pages_are_made_from_sources_only(self) -> None:
        assert not [path for path in setup_web.web_sources() if "node_modules" in path.parts]

    def test_a_python_that_does_not_run_is_no_python(self, tmp_path: Path) -> None:
        broken = tmp_path / "python3.10"
        broken.write_text("#!/bin/sh\nexit 127\n")
        broken.chmod(0o755)
        assert not setup.runs(broken)
        assert setup.runs(Path(sys.executable))

    def test_it_needs_nothing_but_an_old_python(self) -> None:
        """Only the standard library, and no syntax newer than Python 3.8."""
        import ast

        for path in (ROOT / "deploy").glob("setup*.py"):
            tree = ast.parse(path.read_text(), feature_version=(3, 8))
            plain = {
                a.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names
            }
            named = {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
            assert plain <= sys.stdlib_module_names
            assert all(name.startswith("deploy.setup_") or name in sys.stdlib_module_names for name in named)

    def test_no_registry_is_named(self) -> None:
        """Set-up uses the clients as the machine has them configured."""
        for name in ("Makefile", "deploy/setup.py", "deploy/setup_web.py", ".ci/run", "requirements.lock"):
            assert "://" not in (ROOT / name).read_text()


def test_no_source_is_ignored() -> None:
    """What git leaves out is missing from every other clone."""
    rooms = ("bot", "cases", "deploy", "faq", "gateway", "migrations", "tests", "web")
    made = ("__pycache__", "node_modules", "static")
    sources = [path for room in rooms for path in (ROOT / room).rglob("*.*") if path.is_file()]
    names = [path.relative_to(ROOT).as_posix() for path in sources if not set(made) & set(path.parts)]
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin"],
        cwd=ROOT,
        input="\n".join(names),
        capture_output=True,
        text=True,
    )
    if done.returncode not in (0, 1):
        pytest.skip("this is no git clone")
    assert done.stdout.split() == []
