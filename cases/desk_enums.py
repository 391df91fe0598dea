"""States and kinds of what agents work with beside conversations and complaints (the others: `cases.enums`)."""

from __future__ import annotations

from cases.enums import Code


class RiskKind(Code):
    """Why a customer is followed up first (service-rules A117)."""

    REPEATED = "repeated"  # complaints again and again: the rule of `cases.complaints.repeated`
    AMOUNT = "amount"  # an estimated loss above what the policy pays at most


class SuggestionState(Code):
    """What became of an agent's suggestion (service-rules A092)."""

    OPEN = "open"
    ADOPTED = "adopted"
    DECLINED = "declined"
