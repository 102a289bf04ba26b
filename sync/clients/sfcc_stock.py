"""Inventory records: OCAPI Data API 25.6, one absolute allocation per call."""

from http import HTTPStatus
from urllib.parse import quote

from sync.clients.failures import failure, reason
from sync.clients.http import Call
from sync.clients.sfcc_token import Authorized
from sync.core.errors import Retryable


def write_allocation(api: Authorized, data: str, inventory_list: str, sku: str, allocation: int) -> None:
    """Write an absolute allocation below the Data API's address, creating the record when missing.

    No reset date is sent: on-order inventory is on, and the number was computed for that.
    """
    names = quote(inventory_list, safe=""), quote(sku, safe="")
    url = f"{data}/inventory_lists/{names[0]}/product_inventory_records/{names[1]}"
    body = {"allocation": {"amount": allocation}}
    answer = api.send(Call("PATCH", url, json=body, changing=True))
    if answer.status == HTTPStatus.NOT_FOUND:
        answer = api.send(Call("PUT", url, json=body, changing=True))
    if answer.status == HTTPStatus.CONFLICT:
        # Somebody wrote the same record at the same time; our absolute value may be written again.
        raise Retryable("remote.unavailable", f"{sku}: {reason(answer.content)}", remote_status=409)
    if not answer.ok:
        raise failure(api.remote, answer.status, answer.headers, answer.content, changing=True)
