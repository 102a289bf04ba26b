"""The switches of the SFCC stand-in: what the public documents leave open."""

from sync.sandbox.switches import Switch, Switches

ASSUMPTIONS = (
    Switch(
        "fault_arguments",
        "typed",
        "OCAPI faults: the specification types every argument, captured client code shows plain values.",
        ("typed", "plain"),
    ),
    Switch(
        "reset_date",
        "honored",
        "OCAPI does not say whether a written reset_date counts.",
        ("honored", "ignored"),
    ),
    Switch(
        "unknown_products",
        "",
        "Whether a record may be made of a product that no catalog has; these, comma-separated, may not.",
    ),
    Switch("upload_link_expired", default=False, doc="An import's link has ended before the upload."),
    Switch("job_seconds", 0.0, "How long the import job takes depends on the instance."),
    Switch("job_fails", default=False, doc="A step of the job fails before it looks at a file."),
    Switch(
        "import_failed",
        "WARN",
        "How a job with refused records ends is set in the job (ImportFailedHandling).",
        ("WARN", "ERROR"),
    ),
    Switch("import_mode", "merge", "The mode that is set in the job.", ("merge", "update", "replace")),
    Switch(
        "turnover_sign",
        "positive",
        "The field's text says that sales make turnover negative, the help's tables show them positive.",
        ("positive", "negative"),
    ),
    Switch(
        "refuse_oversell",
        default=True,
        doc="How an order beyond the stock is refused is not documented.",
    ),
    Switch(
        "bundled_quantity",
        "total",
        "Whether a bundled item's quantity counts per bundle or for the whole line is not documented.",
        ("total", "per_bundle"),
    ),
    Switch(
        "search_lag_seconds",
        0.0,
        "How long a new order stays out of lists is not documented for GET /orders.",
    ),
    Switch("completed_to_new", default=True, doc="Going back from completed to new is not documented."),
    Switch(
        "external_oms",
        default=False,
        doc="An order management that owns the orders refuses status changes with 409.",
    ),
    Switch(
        "event_deduplication",
        default=True,
        doc="Whether a repeated oms-status-event is dropped by its id is not documented.",
    ),
    Switch(
        "installed_attributes",
        "*",
        "Comma-separated custom attributes the merchant installed; * for any.",
    ),
    Switch(
        "hook_body",
        "key",
        "What the cartridge sends is its author's choice: the order number only, or the full order too.",
        ("key", "full"),
    ),
    Switch(
        "hook_timing",
        "after_commit",
        "afterPOST runs inside the transaction: before_commit sends first and commits commit_seconds later.",
        ("after_commit", "before_commit"),
    ),
    Switch(
        "commit_seconds",
        0.3,
        "With before_commit: how long the order is announced but not readable.",
    ),
    Switch(
        "rolled_back",
        0.0,
        "How often (0 to 1) an order that never commits is announced beside a real one.",
    ),
)


def switches() -> Switches:
    """The switches in their default position."""
    return Switches(*ASSUMPTIONS)
