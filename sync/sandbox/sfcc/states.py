"""The order status machine and the values of every status, as SCAPI Orders 1.5.2 has them."""

STATES = ("created", "new", "completed", "cancelled", "failed")
STATUS = (*STATES, "failed_with_reopen")
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "export-status": ("exportStatus", ("not_exported", "ready", "exported", "failed")),
    "shipping-status": ("shippingStatus", ("not_shipped", "part_shipped", "shipped")),
    "payment-status": ("paymentStatus", ("not_paid", "part_paid", "paid")),
    "confirmation-status": ("confirmationStatus", ("not_confirmed", "confirmed")),
}
# Which stock movement a change of the order status causes; a pair that is missing is not allowed.
MOVES: dict[tuple[str, str], str] = {
    ("created", "new"): "",
    ("created", "completed"): "",
    ("created", "cancelled"): "release",
    ("created", "failed"): "release",
    ("failed", "created"): "reserve",
    ("new", "completed"): "",
    # ASSUMPTION: the way back from completed to new is open (switch completed_to_new).
    ("completed", "new"): "",
    ("new", "cancelled"): "release",
    ("completed", "cancelled"): "release",
    ("cancelled", "new"): "reserve",
    ("cancelled", "completed"): "reserve",
}
# The problem a refused reservation is answered with, by the status the order comes from.
UNDO = {"failed": "undo-fail-order", "cancelled": "undo-cancel-order"}
