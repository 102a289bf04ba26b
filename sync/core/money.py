"""Exact arithmetic of money: minor units and apportioning without losing one."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)


def quantize(amount: Decimal, digits: int) -> Decimal:
    """Return `amount` rounded half up to `digits` decimals (the currency's minor unit)."""
    return amount.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def minor_units(amount: Decimal, digits: int) -> int:
    """Return `amount` as an integer of minor units, rounded half up."""
    return int(quantize(amount, digits).scaleb(digits))


def apportion(total: Decimal, weights: Sequence[Decimal], digits: int) -> list[Decimal]:
    """Split `total` in proportion to `weights` so that the parts add up to it exactly.

    Largest remainder: every part is within one minor unit of its exact share. All-zero weights
    share evenly. `total` must already be a whole number of minor units.
    """
    if not weights:
        return []
    basis = [abs(weight) for weight in weights]
    whole = sum(basis, ZERO)
    if not whole:
        basis, whole = [Decimal(1)] * len(weights), Decimal(len(weights))
    units = minor_units(total, digits)
    exact = [Decimal(units) * part / whole for part in basis]
    shares = [int(share) for share in exact]
    left = units - sum(shares)
    step = 1 if left > 0 else -1
    order = sorted(range(len(shares)), key=lambda i: abs(exact[i] - shares[i]), reverse=True)
    for index in order[: abs(left)]:
        shares[index] += step
    return [Decimal(share).scaleb(-digits) for share in shares]
