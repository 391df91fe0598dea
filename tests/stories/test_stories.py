"""Conversations with the running service, as customers have them (the YAML files beside this one; `story.py` says how).

Every customer turn has a text, a tap or a picture, and is understood by the trained model; nothing is stubbed.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.service import Service, service  # noqa: F401  # the fixture
from tests.stories.story import SAYS, Story, stories

ALL = stories()
LEAST = 120
TOLD = [pytest.param(steps, id=name) for name, steps in ALL.items()]


@pytest.mark.parametrize("steps", TOLD)
def test_story(service: Service, steps: list[dict[str, Any]]) -> None:  # noqa: F811  # the fixture
    """The story goes as it is told."""
    Story(service, steps).tell()


def test_there_are_enough_stories() -> None:
    """At least as many as were asked for, whoever removes one."""
    assert len(ALL) >= LEAST


@pytest.mark.parametrize("name", ALL)
def test_every_story_ends_with_something_that_could_fail(name: str) -> None:
    """The last step expects something; every customer turn holds something."""
    steps = ALL[name]
    assert steps[-1].get("expect")
    assert all(step[kind] for step in steps for kind in SAYS if kind in step)
