"""Native lists by batches of records: OCAPI's multipart batch requests, up to 50 in one call."""

import email.parser
import email.policy
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import EmailMessage
from http import HTTPStatus
from typing import Any

from schemas.sfcc.inventory import LONGEST_ID, record_of, refusal
from sync.clients.failures import failure
from sync.clients.http import Answer, Call
from sync.clients.sfcc_token import Authorized
from sync.clients.stock.records import failed, segment, unpaced
from sync.core.allocations import Allocation, Written
from sync.core.errors import OrderbridgeError, OutcomeUnknown
from sync.core.sites import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """Posts records to `url`, `site.publication.batch` at a time; `data` is the Data API's path there."""

    api: Authorized
    url: str
    data: str
    parallel: int = 4
    pace: Callable[[Site], None] = unpaced

    def write(self, site: Site, allocations: Sequence[Allocation]) -> Iterator[Written]:
        """Write and yield each end; one part that fails fails alone."""
        refused = {one.sku: wrong for one in allocations if (wrong := refusal(one, LONGEST_ID))}
        yield from (Written(sku, wrong) for sku, wrong in refused.items())
        good = [one for one in allocations if one.sku not in refused]
        size = site.publication.batch
        chunks = [good[start : start + size] for start in range(0, len(good), size)]
        with ThreadPoolExecutor(self.parallel) as pool:
            for ends in pool.map(lambda chunk: self._write(site, chunk), chunks):
                yield from ends

    def _write(self, site: Site, chunk: Sequence[Allocation]) -> list[Written]:
        """Change the records there are, then create the ones that there are not."""
        try:
            ends = self._send(site, "PATCH", chunk)
            missing = [one for one in chunk if ends[one.sku].status == HTTPStatus.NOT_FOUND]
            if missing and site.stock.unknown_skus == "create":
                ends |= self._send(site, "PUT", missing)
        except OrderbridgeError as error:
            return [Written(one.sku, error) for one in chunk]
        return [Written(sku, failed(self.api.remote, sku, answer)) for sku, answer in ends.items()]

    def _send(self, site: Site, method: str, chunk: Sequence[Allocation]) -> dict[str, Answer]:
        return self.exchange(site, method, {one.sku: record_of(one) for one in chunk})

    def exchange(self, site: Site, method: str, bodies: Mapping[str, Any]) -> dict[str, Answer]:
        """Do the same with a record of each SKU in one call, without a body where it is None."""
        self.pace(site)
        boundary = uuid.uuid4().hex
        inventory_list = segment(site.stock.inventory_list)
        headers = {
            "Content-Type": f"multipart/mixed; boundary={boundary}",
            "x-dw-http-method": method,
            "x-dw-resource-path": f"{self.data}/inventory_lists/{inventory_list}/product_inventory_records/",
        }
        parts = [_part(boundary, str(number), sku, body) for number, (sku, body) in enumerate(bodies.items())]
        body = b"".join([*parts, f"--{boundary}--\r\n".encode()])
        changing = method != "GET"
        answer = self.api.send(Call("POST", self.url, data=body, headers=headers, changing=changing))
        if not answer.ok:
            raise failure(self.api.remote, answer.status, answer.headers, answer.content, changing=changing)
        told = dict(_parts(answer))
        lost = Answer(HTTPStatus.BAD_GATEWAY, {}, b"the batch's answer lacks it")
        return {sku: told.get(str(number), lost) for number, sku in enumerate(bodies)}


def _part(boundary: str, number: str, sku: str, body: Any) -> bytes:
    head = f"x-dw-content-id: {number}\r\nx-dw-resource-path-extension: {segment(sku)}"
    content = "" if body is None else json.dumps(body)
    return f"--{boundary}\r\n{head}\r\n\r\n{content}\r\n".encode()


def _parts(answer: Answer) -> Iterator[tuple[str, Answer]]:
    """Yield content id and answer of each part; raises `OutcomeUnknown` when there are none."""
    head = f"content-type: {answer.headers.get('Content-Type', '')}\r\n\r\n".encode()
    message = email.parser.BytesParser(_class, policy=email.policy.HTTP).parsebytes(head + answer.content)
    if not message.is_multipart():
        raise OutcomeUnknown(
            "outcome.unknown", "a batch was answered with something else", remote_status=answer.status
        )
    for part in message.iter_parts():
        content = part.get_payload(decode=True) or b""
        status = part.get("x-dw-status-code", "")
        if status.isdecimal():
            yield part.get("x-dw-content-id", ""), Answer(int(status), dict(part.items()), bytes(content))


_class: Callable[..., EmailMessage] = EmailMessage
