"""A merge: what belonged to one record belongs to another, and the first is gone."""

from sync.sandbox.crm.errors import CrmError
from sync.sandbox.crm.org import Org
from sync.sandbox.crm.people import RELATION


def merge(org: Org, name: str, master_id: str, loser_id: str) -> int:
    """Give the loser's children to the master and delete it; return how many moved."""
    kind = org.kind(name)
    master, loser = org.record(kind, master_id), org.record(kind, loser_id)
    if master["Id"] == loser["Id"]:
        raise CrmError("INVALID_ARGUMENT", "a record cannot be merged into itself")
    moved = 0
    for child in org.objects.all():
        links = [one for one in child.fields.values() if one.type == "reference" and not one.readonly]
        links = [one for one in links if one.object == kind.name]
        for row in list(org.store.tables[child.name].live()):
            changes = {one.name: master["Id"] for one in links if row.get(one.name) == loser["Id"]}
            if changes:
                org.store.update(child, row, changes)
                moved += 1
    org.store.update(kind, loser, {"IsDeleted": True, "MasterRecordId": master["Id"]})
    if master.get("PersonContactId") and loser.get("PersonContactId"):
        moved += merge(org, "Contact", master["PersonContactId"], loser["PersonContactId"])
    _one_relation_each(org)
    return moved


def _one_relation_each(org: Org) -> None:
    """Of two relations between the same two, which a merge may make, one stays."""
    kind, seen = org.objects.get(RELATION), set()
    for row in list(org.store.tables[RELATION].live()):
        ends = (row["AccountId"], row["ContactId"])
        if ends in seen and kind is not None:
            org.store.update(kind, row, {"IsDeleted": True})
        seen.add(ends)
