"""Codes of the CRM."""

from collections.abc import Mapping

from sync.core.codes.meaning import Meaning

CRM_CODES: Mapping[str, Meaning] = {
    "crm.quota": Meaning(
        "The CRM's calls of the day are used up, or nearly so that only what orders wait for is asked.",
        "Nothing; it goes on by itself as yesterday's calls lapse. If it lasts, see which app uses them.",
        "`96 % of the day's calls are used, optional writes stop at 95 %`",
    ),
    "crm.refused": Meaning(
        "The CRM refused a look-up or a call that writes, as it is.",
        "The detail names its code and the fields: mostly one is missing there (`orderbridge doctor`).",
        "`crm answered 400 INVALID_FIELD (B2C_Customer_ID__c)`",
    ),
    "customer.unlinked": Meaning(
        "A customer's contact in the CRM is not known yet: the CRM is away, or a person has to choose one.",
        "Nothing while the CRM is away, else see `orderbridge conflicts`. Orders wait only by `crm.wait`.",
        "`remote.unavailable: crm answered 503`",
    ),
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
