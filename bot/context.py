"""What a short message means after what was said before: “那要多久”, “玻璃的呢”, “然后呢”."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker

from faq.knowledge import KnowledgeBase, read_yaml

SURE = 0.5
LIKELY = 0.1


def last_topic(tracker: DialogueStateTracker) -> str | None:
    """The topic that was talked about last: answered, or the one that a claim's state leads to (`topic_after`)."""
    for event in reversed(tracker.events):
        custom = (event.data.get("custom") or {}) if isinstance(event, BotUttered) else {}
        if topic := custom.get("faq_id") or custom.get("topic_after"):
            return str(topic)
    return None


def in_family(tracker: DialogueStateTracker, topic: str, base: KnowledgeBase) -> str:
    """The topic that an ellipsis means: “玻璃的呢” after the cover for scratches is the cover for glass, not its
    papers.
    """
    last, text = last_topic(tracker), tracker.latest_message.text or ""
    if last is None or not any(re.fullmatch(pattern, text) for pattern in _ellipses()):
        return topic
    same = f"{last.split('.')[0]}.{topic.split('.')[-1]}"
    return same if same in base.entries else topic


@lru_cache(maxsize=1)
def _ellipses() -> tuple[str, ...]:
    return tuple(read_yaml(Path(__file__).with_name("context.yml"))["ellipses"])


def follow_up_topic(tracker: DialogueStateTracker, decision: Mapping[str, Any], base: KnowledgeBase) -> str | None:
    """The topic that a follow-up asks for; None when nothing was talked about and the words alone do not tell.

    In this order: another case of the same kind (“玻璃的呢” after the scratch list is the glass list); the aspect
    that it names, as the last topic's `follow_ups` say; what the words themselves match; more of the same topic.
    """
    topic = last_topic(tracker)
    candidates = {row["faq_id"]: row["score"] for row in decision.get("candidates", [])}
    if topic is None:
        best = max(candidates, key=candidates.__getitem__, default=None)
        return best if best and candidates[best] >= SURE else None
    family = topic.split(".")[0]
    same_kind = [other for other in candidates if other != topic and other.split(".")[0] == family]
    aspect = base.entries[topic].follow_ups.get(decision.get("aspect") or "") if topic in base.entries else None
    if aspect:
        return aspect
    if same_kind and candidates[same_kind[0]] >= LIKELY:
        return same_kind[0]
    if candidates and max(candidates.values()) >= SURE:
        return in_family(tracker, max(candidates, key=candidates.__getitem__), base)
    return next(iter(base.entries[topic].related), topic) if topic in base.entries else None
