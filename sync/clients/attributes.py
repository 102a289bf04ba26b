"""Custom attributes of an order: one that the storefront refuses keeps back no other."""

from collections.abc import Callable, Mapping

from sync.core.errors import Rejected

Values = Mapping[str, object]
_REFUSED = "storefront.refused"


def write(values: Values, send: Callable[[Values], None]) -> None:
    """Send all values at once and, where that is refused, each in a call of its own.

    A call with one attribute that is not installed is refused as a whole. Raises `Rejected`
    attribute.refused with the reason by attribute; every other one was written.
    """
    try:
        send(values)
    except Rejected as whole:
        if whole.code != _REFUSED:
            raise
        refused = _each(values, send) if len(values) > 1 else dict.fromkeys(values, whole.detail)
        if refused:
            detail = f"the storefront takes no {', '.join(sorted(refused))}"
            raise Rejected(
                "attribute.refused", detail, fields=refused, remote_status=whole.remote_status
            ) from whole


def _each(values: Values, send: Callable[[Values], None]) -> dict[str, str]:
    refused = {}
    for name, value in values.items():
        try:
            send({name: value})
        except Rejected as error:
            if error.code != _REFUSED:
                raise
            refused[name] = error.detail
    return refused
