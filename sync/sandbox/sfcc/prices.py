"""What a priced line consists of: amounts in both tax modes, discounts and their taxes, to the cent."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def cents(amount: Decimal) -> Decimal:
    """The amount rounded to cents, halves away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Taxation:
    """How a site prices: `gross` prices contain the tax, `net` prices do not."""

    mode: str
    rate: Decimal

    def tax(self, amount: Decimal) -> Decimal:
        """The tax of an amount in this mode."""
        if self.mode == "gross":
            return amount - cents(amount / (1 + self.rate))
        return cents(amount * self.rate)

    def amounts(self, amount: Decimal, tax: Decimal | None = None) -> dict[str, Decimal]:
        """`grossPrice`, `netPrice` and `tax` of an amount in this mode."""
        tax = self.tax(amount) if tax is None else tax
        gross, net = (amount, amount - tax) if self.mode == "gross" else (amount + tax, amount)
        return {"grossPrice": gross, "netPrice": net, "tax": tax}

    def line(self, unit: Decimal, quantity: int, discount: Decimal = ZERO) -> dict[str, Any]:
        """The price members of a line whose discount (negative or zero) is taken off the whole line."""
        amount = unit * quantity
        after = amount + discount
        return {
            "basePrice": unit,
            **self.amounts(amount),
            "adjustedTax": self.tax(after),
            "taxBasis": after,
            "taxRate": self.rate,
            "priceAfterItemDiscount": after,
        }

    def adjustment(self, line: dict[str, Any], discount: Decimal) -> dict[str, Any]:
        """The price members of the adjustment that makes the line's adjusted tax out of its tax."""
        return {"basePrice": discount, **self.amounts(discount, line["adjustedTax"] - line["tax"])}


def prorate(discount: Decimal, lines: list[dict[str, Any]]) -> None:
    """Spread an order's discount over its lines, to the cent, as `priceAfterOrderDiscount`."""
    whole = sum((line["priceAfterItemDiscount"] for line in lines), ZERO)
    left = discount
    for line in lines[:-1]:
        share = cents(discount * line["priceAfterItemDiscount"] / whole) if whole else ZERO
        line["priceAfterOrderDiscount"] = line["priceAfterItemDiscount"] + share
        left -= share
    lines[-1]["priceAfterOrderDiscount"] = lines[-1]["priceAfterItemDiscount"] + left
