import pytest

from sync.core.postings import Kind, Look, Posting, look
from sync.core.postings.posting import status_posting


@pytest.mark.parametrize(
    ("kind", "wanted", "seen", "found"),
    [
        (Kind.ORDER_STATUS, "cancelled", "new", Look.WRITE),
        (Kind.ORDER_STATUS, "completed", "open", Look.WRITE),
        (Kind.ORDER_STATUS, "cancelled", "cancelled", Look.IN_PLACE),
        (Kind.ORDER_STATUS, "completed", "cancelled", Look.DECIDED),
        (Kind.ORDER_STATUS, "cancelled", "completed", Look.DECIDED),
        (Kind.ORDER_STATUS, "completed", "replaced", Look.DECIDED),
        (Kind.ORDER_STATUS, "completed", "failed", Look.DECIDED),
        (Kind.SHIPPING_STATUS, "part_shipped", "shipped", Look.FURTHER),
        (Kind.SHIPPING_STATUS, "shipped", "part_shipped", Look.WRITE),
        (Kind.EXTERNAL_STATUS, "picked", "returned", Look.FURTHER),
        (Kind.EXTERNAL_STATUS, "picked", "with the florist", Look.WRITE),
        (Kind.EXPORT_STATUS, "exported", "failed", Look.WRITE),
    ],
)
def test_nothing_is_set_back_and_nothing_closed_is_closed_otherwise(
    kind: Kind, wanted: str, seen: str, found: Look
) -> None:
    assert look(status_posting(kind, wanted), seen) is found


def test_a_posting_that_is_meant_to_overturn_is_made() -> None:
    meant = Posting(Kind.ORDER_STATUS, "order_status:completed:resolve:7", {"status": "completed"})
    assert look(meant, "cancelled") is Look.WRITE
