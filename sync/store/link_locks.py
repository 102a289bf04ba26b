"""The locks of links: two writers take them in one order, and before any other, so neither waits for ever."""

import zlib
from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync.core.links import Link, Subject
from sync.core.ports import LinksProven

# How many locks all links share: few enough for the lock table, enough for writers to pass each other.
_STRIPES = 256
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('orderbridge.link'), s) FROM unnest(:stripes) AS s")

Names = tuple[str, ...]


def lock_links(session: Session, records: Iterable[object]) -> None:
    """Hold what these records prove until the transaction ends; to be called before it locks anything else.

    Whoever waits here holds nothing that another writer of links could wait for.
    """
    proofs = [record for record in records if isinstance(record, LinksProven)]
    links = [link for proof in proofs for link in proof.links]
    subjects = [one.belongs_to for one in links if one.belongs_to]
    subjects += [subject for proof in proofs for subject in proof.anew]
    lock_subjects(session, subjects + [one.subject for one in links], [id_of(one) for one in links])


def lock_subjects(session: Session, subjects: Iterable[Subject], ids: Iterable[Names] = ()) -> None:
    """Hold these subjects and ids until the transaction ends."""
    names = {*map(names_of, subjects), *ids}
    stripes = sorted({zlib.crc32("\0".join(one).encode(errors="replace")) % _STRIPES for one in names})
    if stripes:
        session.execute(_LOCK, {"stripes": stripes})


def names_of(subject: Subject) -> Names:
    """Return a subject as its columns."""
    return (str(subject.entity), subject.scope, subject.key)


def id_of(link: Link) -> Names:
    """Return what of a link only one subject may have."""
    return (str(link.system), str(link.kind), str(link.subject.entity), link.subject.scope, link.value)
