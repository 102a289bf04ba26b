"""The switches of Orderflow: what its documents leave open, and the settings a customer's instance has."""

from sync.sandbox.switches import Switch, Switches


def orderflow_switches() -> Switches:
    """Return every switch in its default position."""
    return Switches(*_IMPORT, *_CANCEL, *_READ, *_STOCK, *_PUSH, *_TRANSPORT)


_IMPORT = (
    Switch(
        "strict_properties",
        default=False,
        doc="Read property lists by the full rules of Java .properties files.",
    ),
    Switch(
        "success_line_per_entity",
        default=False,
        doc="Report one success line for the order, its shipments and each line.",
    ),
    Switch(
        "import_answer_lacks",
        "",
        "Comma-separated references that an import's answer leaves out; nobody promises that it names all.",
    ),
    Switch("batch_limit", 500, "Most import elements in one document; no limit is documented."),
    Switch(
        "unknown_sku",
        "fail",
        "An order with an unknown SKU fails, or is accepted and waits.",
        ("fail", "accept"),
    ),
    Switch(
        "keeps_line_reference",
        default=True,
        doc="thirdPartyReference of an imported line is taken, so despatches can return it; else ignored.",
    ),
    Switch(
        "order_unique_in",
        "channel",
        "The space in which an order number exists once.",
        ("channel", "organisation"),
    ),
    Switch(
        "split_across_warehouses",
        default=True,
        doc="Split an order at import when no single warehouse has all of it.",
    ),
    Switch("return_needs_order", default=False, doc="A return import must name an existing order."),
    Switch(
        "imported_return_books_stock",
        default=False,
        doc="An imported return raises stock at once, not on receipt.",
    ),
)

_CANCEL = (
    Switch(
        "cancel_renames_by_default",
        default=True,
        doc="Meaning of a cancel without cancelChangesExternalReference.",
    ),
    Switch(
        "cancel_limit",
        "packable",
        "From this shipment state on a cancel is refused.",
        ("released", "pickable", "packable", "packed", "despatched"),
    ),
    Switch(
        "cancel_event_has_new_number",
        default=False,
        doc="The event of a renaming cancel names the order by its new number.",
    ),
)

_READ = (
    Switch(
        "include_order_lines_by_default",
        default=False,
        doc="Meaning of a despatch query without includeOrderLines.",
    ),
    Switch(
        "window_end_inclusive", default=False, doc="A despatch at the very end of the window is inside it."
    ),
    Switch("despatch_visible_after_seconds", 0.0, "Seconds before a despatch shows in the query."),
    Switch(
        "pending_includes_out_of_stock",
        default=True,
        doc="Pending shipments include those that wait for stock.",
    ),
    Switch("zone", "Europe/London", "The zone of all times on the wire.", ("Europe/London", "UTC")),
    Switch("reports", default=True, doc="The instance has the stored report return_line_api_report."),
)

_STOCK = (
    Switch(
        "multi_site_inventory",
        default=False,
        doc="Multi-site inventory is enabled, so a query must name its site.",
    ),
    Switch(
        "allocated_is_all_demand",
        default=False,
        doc="Attribute allocated is all open demand, not only reserved units.",
    ),
    Switch(
        "negative_available", default=True, doc="Attribute available may be negative; else it stops at 0."
    ),
    Switch(
        "last_order_exported",
        default=False,
        doc="Products carry lastOrderExported, the newest export stamp they contain.",
    ),
)

_PUSH = (
    Switch(
        "stock_push_interval", 1.0, "Seconds in which changed products are collected before they are pushed."
    ),
    Switch("stock_push_products", 200, "Most products in one inventory push."),
    Switch("push_attempts", 5, "Attempts to deliver a message before it is parked."),
    Switch("push_retry_scale", 1.0, "Multiplies the pauses between attempts: 1, 5, 15, 60 seconds."),
    Switch(
        "message_ids_behind",
        0,
        "By how much message numbers lie behind, as after a restore from a backup: old ones come again.",
    ),
    Switch("push_keeps_message_id", default=True, doc="A retry carries the messageId of the first attempt."),
    Switch(
        "push_cancel_by_api", default=True, doc="An order canceled through the API is told by a push too."
    ),
    Switch(
        "event_has_all_shipments",
        default=True,
        doc="A shipment event shows all shipments of its order, not only its own.",
    ),
)

_TRANSPORT = (
    Switch("error_status", 200, "Status of an answer that holds an error document.", (200, 400, 500)),
    Switch("bad_credentials_status", 401, "Status of an answer to wrong credentials.", (401, 412)),
    Switch(
        "scope_from",
        "header",
        "Which of header and query counts when both name a scope.",
        ("header", "query"),
    ),
    Switch("forbidden_scope", "", "Channel or organisation for which the user has no rights."),
    Switch("maintenance", default=False, doc="Answer every call with a 503 page."),
    Switch(
        "notifications_do_nothing", default=False, doc="Update notifications answer that nothing was queued."
    ),
)
