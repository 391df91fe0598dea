"""What a claim needs: the checklists of `faq/materials.yml` minus what the customer already has (C.1)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from faq.knowledge import phrases


@dataclass(frozen=True)
class Item:
    """A line of a checklist. `codes` are the documents of which one is enough."""

    codes: tuple[str, ...]
    name: str
    hint: str
    have: bool


def checklist(kind: str, have: Collection[str]) -> list[Item]:
    """The required documents for a kind of accident, in order."""
    scenario = phrases("materials")["scenarios"][kind]
    groups = [(code,) for code in scenario["required"]] + [tuple(group) for group in scenario.get("either", ())]
    return [_item(kind, group, have) for group in groups]


def _item(kind: str, codes: tuple[str, ...], have: Collection[str]) -> Item:
    name = "或".join(document_name(code) for code in codes)
    return Item(codes, name, _hint(kind, codes[0]), any(code in have for code in codes))


def _hint(kind: str, code: str) -> str:
    texts = phrases("materials")
    own = texts["scenarios"][kind].get("hints", {}).get(code)
    return str(own or texts["documents"].get(code, {}).get("hint") or "")


def optional(kind: str) -> list[tuple[str, str]]:
    """What may be needed beside: name and when."""
    return [
        (document_name(row["document"]), row["when"])
        for row in phrases("materials")["scenarios"][kind].get("optional", ())
    ]


def document_name(code: str) -> str:
    """What a document is called."""
    return str(phrases("statuses")["documents"].get(code) or phrases("materials")["documents"][code]["name"])


def may_be_simple(kind: str, loss_band: str) -> bool:
    """Whether the simple procedure may be offered: below 500 yuan, one car, nobody hurt (A031)."""
    return loss_band == "lt500" and kind in phrases("materials")["small_loss"]["kinds"]
