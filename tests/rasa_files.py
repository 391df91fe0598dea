"""The files that Rasa reads, and what stands in Python beside them: who offers which choice, who says what."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import yaml

import bot.actions
from bot.actions.base import ClaimsAction
from cases.settings import ROOT

PAYLOAD = re.compile(r"^/(?P<intent>[a-z_]+)(?P<entities>\{.*\})?$")
PLACEHOLDER = re.compile(r"(?<!\{)\{([a-z_]+)\}(?!\})")


@lru_cache(maxsize=8)
def read(name: str) -> Any:
    """A YAML file of the checkout."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


DOMAIN = read("domain.yml")
RESPONSES = read("bot/responses.yml")["responses"]
RULES = read("bot/data/stories.yml")["rules"]
INTENTS = {next(iter(row)) if isinstance(row, dict) else row for row in DOMAIN["intents"]}
SLOTS = set(DOMAIN["slots"])
ACTIONS = set(DOMAIN["actions"])
FORMS = {name: form["required_slots"] for name, form in DOMAIN["forms"].items()}
SOURCES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "bot").rglob("*.py"))}


def ruled(kind: str) -> set[str]:
    """The intents, or the actions, that the rules name."""
    return {step[kind] for rule in RULES for step in rule["steps"] if kind in step}


def choices() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every choice that a response or an action offers: where, its intent, its entities."""
    for name, variants in RESPONSES.items():
        for button in (button for variant in variants for button in variant.get("buttons", ())):
            yield name, *payload(button["payload"].replace("{{", "{").replace("}}", "}"))
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and (text := "".join(_text(part) for part in node.values)).startswith(
                "/"
            ):
                yield path.name, *payload(text)


def _text(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else "VALUE"


def payload(text: str) -> tuple[str, dict[str, Any]]:
    """A payload's intent and entities."""
    match = PAYLOAD.match(text)
    assert match, f"not a payload: {text}"
    return match["intent"], json.loads(match["entities"] or "{}")


def spoken() -> dict[str, list[set[str] | None]]:
    """The responses that Python says by name, and the values given each time; None where they cannot be seen."""
    found: dict[str, list[set[str] | None]] = {}
    for tree in SOURCES.values():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "say" and call.args:
                names = [
                    node.value
                    for node in ast.walk(call.args[0])
                    if isinstance(node, ast.Constant) and str(node.value).startswith("utter_")
                ]
                given = {keyword.arg for keyword in call.keywords}
                for name in names:
                    found.setdefault(str(name), []).append(None if None in given else {str(arg) for arg in given})
    return found


def named_in_python() -> set[str]:
    """Every response name that stands anywhere in Python, tables included."""
    constants = (node for tree in SOURCES.values() for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {
        node.value
        for node in constants
        if isinstance(node.value, str) and re.fullmatch(r"utter_[a-z_]*[a-z]", node.value)
    }


def askers(form: str, slot: str) -> list[str]:
    """What Rasa looks for when a form asks for a slot."""
    return [f"{kind}_ask_{which}" for kind in ("action", "utter") for which in (f"{form}_{slot}", slot)]


def registered() -> dict[str, ClaimsAction]:
    """The actions that the action server finds, by name."""
    made = [getattr(bot.actions, name)() for name in bot.actions.__all__]
    return {action.name(): action for action in made}


def nested(name: str) -> set[str]:
    """Values that a call hands over inside a mapping, such as `echo={"place": …}`."""
    found = set()
    for tree in SOURCES.values():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args):
            if any(isinstance(node, ast.Constant) and node.value == name for node in ast.walk(call.args[0])):
                mappings = [keyword.value for keyword in call.keywords if isinstance(keyword.value, ast.Dict)]
                found |= {key.value for row in mappings for key in row.keys if isinstance(key, ast.Constant)}
    return {str(key) for key in found}
