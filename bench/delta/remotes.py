"""What the stand-ins are asked: products, changes, and the writes in the storefront's journal."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import requests

from sync.cli.stack import Ports

# A control call carries at most so many changes.
MOST = 5_000
RECORD = "/product_inventory_records/"


@dataclass(frozen=True, slots=True)
class Remotes:
    """Both remotes by their control doors."""

    ports: Ports

    def stock(self, count: int) -> None:
        """Have the warehouse keep so many products, and tell nobody of its changes."""
        self._call("PUT", self.ports.orderflow_url, "switches", {"push_attempts": 1})
        self._call("POST", self.ports.orderflow_url, "products", {"count": count, "total": 40})

    def count(self, skus: Sequence[str], total: int) -> None:
        """Count these products anew."""
        changes = [{"sku": sku, "site": "MAIN", "total": total} for sku in skus]
        for start in range(0, len(changes), MOST):
            body = {"changes": changes[start : start + MOST]}
            self._call("POST", self.ports.orderflow_url, "stock", body)

    def now(self) -> int:
        """Return the number of the storefront's last call."""
        return max((int(entry["seq"]) for entry in self._journal(0)), default=0)

    def written(self, since: int) -> list[str]:
        """Return the SKU of every write that the storefront took since, in order."""
        return [
            unquote(entry["path"].partition("?")[0].rpartition("/")[2])
            for entry in self._journal(since)
            if RECORD in entry["path"] and entry["effect"] == "applied"
        ]

    def _journal(self, since: int) -> Iterator[dict[str, Any]]:
        url = f"{self.ports.sfcc_url}/_sandbox/journal"
        answer = requests.get(url, params={"since": str(since)}, timeout=120)
        answer.raise_for_status()
        return (json.loads(line) for line in answer.text.splitlines())

    def _call(self, method: str, base: str, door: str, body: Any) -> None:
        requests.request(method, f"{base}/_sandbox/{door}", json=body, timeout=120).raise_for_status()
