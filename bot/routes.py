"""The names that the contract, the forms and the topics share."""

from __future__ import annotations

FORM_ROUTES = {
    "claim_status_form": "claim_status",
    "complaint_form": "complaint",
    "withdraw_complaint_form": "complaint_status",
    "report_claim_form": "report_claim",
    "materials_form": "materials",
    "photo_form": "photo",
    "appointment_form": "appointment",
    "rating_form": "rating",
}
PHOTO_GUIDE = frozenset({"photo.how_to", "photo.retake", "photo.upload"})


def topic_route(topic: str) -> str:
    """The route of a topic's answer: papers and the photo guide have their own."""
    if topic.startswith("materials."):
        return "materials"
    return "photo" if topic in PHOTO_GUIDE else "faq"
