"""axe, from the packages of `web/`, in a page of the test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from cases.settings import ROOT

AXE = Path(ROOT) / "web" / "node_modules" / "axe-core" / "axe.min.js"
BAD = ("serious", "critical")


def findings(page: Page) -> list[str]:
    """Serious and critical findings: rule, what it says, where."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())  # not as a script element: the page's policy allows none
    page.wait_for_timeout(350)  # what fades in has its colours by then
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['impact']} {one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes']][:3]}"
        for one in found["violations"]
        if one["impact"] in BAD
    ]
