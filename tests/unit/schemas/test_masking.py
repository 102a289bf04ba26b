"""What an import document shows to a person who did not ask for personal data."""

import pytest

from schemas.orderflow.masking import masked_properties


@pytest.mark.parametrize(
    "line",
    [
        "externalReference=UK1",
        "totalPriceGross=12.00",
        "orderLine.12.quantity=3",
        "deliveryCountryCode=GB",
        '<import type="order" operation="insert" externalReference="UK1">',
    ],
)
def test_what_is_known_to_be_harmless_is_shown(line: str) -> None:
    assert masked_properties(f"{line}\n+{line}\n-{line}") == f"{line}\n+{line}\n-{line}"


@pytest.mark.parametrize(
    "name",
    [
        "deliveryContactName",
        "invoicePostCode",
        "deliveryEmailAddress",
        "orderLine.1.userDefined1",
        "brandNew",
    ],
)
def test_anything_else_is_hidden_but_not_that_it_differs(name: str) -> None:
    compared = f"--- last try\n-{name}=Ann Other\n+{name}=Ann=Other"
    assert masked_properties(compared) == f"--- last try\n-{name}=…\n+{name}=…"
