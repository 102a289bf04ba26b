"""The CRM's switches: what its documents leave open, and what an org sets for itself."""

from sync.sandbox.switches import Switch, Switches

ASSUMPTIONS = (
    Switch(
        "person_accounts",
        default=False,
        doc="Whether the org has person accounts: IsPersonAccount, PersonContactId, __pc fields on Account.",
    ),
    Switch("query_batch", 2_000, "How many records a page of a query holds; the API may give fewer."),
    Switch(
        "duplicate_in_call",
        "later",
        "Which rows of one call with the same external id fail: the later ones, or all.",
        ("later", "all"),
    ),
    Switch(
        "unreadable_value",
        "call",
        "Whether a value that is no JSON of its field's type refuses the whole call or its row.",
        ("call", "row"),
    ),
    Switch(
        "lock_seconds",
        0.0,
        "How long a write holds its parents; rows of another call under one of them fail meanwhile.",
    ),
    Switch(
        "relations",
        default=True,
        doc="Whether a contact may have several accounts (AccountContactRelation is kept by itself).",
    ),
)


def switches() -> Switches:
    """The switches in their default position."""
    return Switches(*ASSUMPTIONS)
