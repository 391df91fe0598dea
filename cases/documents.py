"""The papers that a claim may still need, as the core system names them (contract, `missing_documents`)."""

from __future__ import annotations

from cases.enums import Code


class Document(Code):
    CLAIM_FORM = "claim_form"
    DRIVING_LICENCE = "driving_licence"
    VEHICLE_LICENCE = "vehicle_licence"
    ID_CARD = "id_card"
    BANK_ACCOUNT = "bank_account"
    ACCIDENT_CERTIFICATE = "accident_certificate"
    SETTLEMENT_AGREEMENT = "settlement_agreement"
    REPAIR_INVOICE = "repair_invoice"
    REPAIR_LIST = "repair_list"
    DAMAGE_PHOTOS = "damage_photos"
    MEDICAL_RECORDS = "medical_records"
    MEDICAL_INVOICES = "medical_invoices"
    INCOME_PROOF = "income_proof"
    POLICE_REPORT = "police_report"
    UNSOLVED_CERTIFICATE = "unsolved_certificate"
    FIRE_CERTIFICATE = "fire_certificate"
    WEATHER_CERTIFICATE = "weather_certificate"
    THIRD_PARTY_DOCUMENTS = "third_party_documents"
    RECEIPT = "receipt"
    AUTHORISATION_LETTER = "authorisation_letter"
