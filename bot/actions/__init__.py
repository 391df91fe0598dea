"""Custom actions, a file a topic; `base` holds the transaction and the error boundary, `form` how a form listens.

Every class that the action server registers is imported here.
"""

from bot.actions.answers import ActionDefaultFallback, ActionGreet, ActionStop
from bot.actions.appointment import ActionAppointment, AskAppointmentConfirmed, ValidateAppointmentForm
from bot.actions.claim_status import ActionClaimStatus, AskClaimNo, ValidateClaimStatusForm
from bot.actions.complaint import (
    ActionComplaint,
    ActionComplaintStatus,
    AskComplaintClaim,
    AskComplaintConfirmed,
    ValidateComplaintForm,
)
from bot.actions.handoff import ActionCancelQueue, ActionEmergency, ActionHandoff
from bot.actions.materials import ActionMaterials, ValidateMaterialsForm
from bot.actions.photo import ActionPhoto, ActionReceivePhoto, ValidatePhotoForm
from bot.actions.rating import ActionRate, ValidateRatingForm
from bot.actions.report_claim import ActionReportClaim, AskReportConfirmed, AskReportPlate, ValidateReportClaimForm
from bot.actions.withdrawal import (
    ActionWithdrawComplaint,
    AskWithdrawConfirmed,
    AskWithdrawNo,
    ValidateWithdrawComplaintForm,
)

__all__ = [
    "ActionAppointment",
    "ActionCancelQueue",
    "ActionClaimStatus",
    "ActionComplaint",
    "ActionComplaintStatus",
    "ActionDefaultFallback",
    "ActionEmergency",
    "ActionGreet",
    "ActionHandoff",
    "ActionMaterials",
    "ActionPhoto",
    "ActionRate",
    "ActionReceivePhoto",
    "ActionReportClaim",
    "ActionStop",
    "ActionWithdrawComplaint",
    "AskAppointmentConfirmed",
    "AskClaimNo",
    "AskComplaintClaim",
    "AskComplaintConfirmed",
    "AskReportConfirmed",
    "AskReportPlate",
    "AskWithdrawConfirmed",
    "AskWithdrawNo",
    "ValidateAppointmentForm",
    "ValidateClaimStatusForm",
    "ValidateComplaintForm",
    "ValidateMaterialsForm",
    "ValidatePhotoForm",
    "ValidateRatingForm",
    "ValidateReportClaimForm",
    "ValidateWithdrawComplaintForm",
]
