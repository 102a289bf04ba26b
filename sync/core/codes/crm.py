"""Codes of the CRM."""

from collections.abc import Mapping

from sync.core.codes.meaning import Meaning

CRM_CODES: Mapping[str, Meaning] = {
    "record.busy": Meaning(
        "The CRM could not take a record now: another change holds it or its parent.",
        "Nothing: it is tried again. Should it last, look for what else works on the same records.",
        "`OF_Event__c RefArchUK:UK00048213:placed: UNABLE_TO_LOCK_ROW`",
    ),
    "record.refused": Meaning(
        "The CRM refused a record of an order's story; the other records were written.",
        "The detail has the CRM's code and field: cure the object or the site's `crm.records`, reprocess.",
        "`OF_Order__c RefArchUK:UK00048213: INVALID_FIELD: No such column 'Total__c'`",
    ),
}
