"""Two places where Rasa 3.6.21 does the same work again on every turn; `apply` makes it do so once.

Measured with a form turn (`python -m bench turns`): the check of an action server's answer builds and checks the whole
event schema anew each time (40 ms of 55), and every stored event looks its class up among all subclasses (4 ms).
What is checked and what is found stays the same.
"""

from __future__ import annotations

import logging
from functools import cache, lru_cache
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.events import Event
from rasa.shared.utils.common import all_subclasses

log = logging.getLogger(__name__)


def apply() -> None:
    """Replace both. Called once, when Rasa starts our channel."""
    RemoteAction._validate_action_result = _validate_action_result
    Event.resolve_by_type = staticmethod(_resolve_by_type)


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    schema = RemoteAction.action_response_format_spec()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def _validate_action_result(self: RemoteAction, result: dict[str, Any]) -> bool:
    """The same check as Rasa's, with a validator that is built once."""
    try:
        _validator().validate(result)
    except ValidationError as error:
        error.message += (
            f". The action server's answer to {self.name()} does not have the expected format. "
            "See https://rasa.com/docs/rasa/custom-actions"
        )
        raise
    return True


@cache
def _resolve_by_type(type_name: str, default: Any = None) -> Any:
    """The event class of that name, as Rasa finds it."""
    return next((kind for kind in all_subclasses(Event) if kind.type_name == type_name), None) or _unknown(
        type_name, default
    )


def _unknown(type_name: str, default: Any) -> Any:
    if default is not None:
        return default
    raise ValueError(f"Unknown event name '{type_name}'.")
