"""The sandbox's control doors, as the demo uses them."""

from dataclasses import dataclass
from typing import Any

import requests

from sync.cli.stack import Ports


@dataclass(frozen=True, slots=True)
class Remotes:
    """Both remote systems, seen from their own side."""

    ports: Ports

    def place(self, count: int, seed: int, invalid: float) -> list[dict[str, Any]]:
        """Place orders on the storefront; return site, number and validity of each."""
        body = {"count": count, "seed": seed, "invalid": invalid}
        answer = self.call("POST", self.ports.sfcc_url, "orders", body)
        return list(answer["orders"])

    def spoil(self, seed: int, lost: float) -> None:
        """Lose this share of hooks and pushes for good, deliver some twice, and cut some answers."""
        outgoing = {"drop": lost, "duplicate": 0.05, "delay": 0.2, "reorder": 0.1}
        cut = {
            "kind": "cut_after",
            "method": "POST",
            "path": ".*importitems.*",
            "times": 2,
            "probability": 0.2,
        }
        self.call("PUT", self.ports.sfcc_url, "faults", {"rules": [], "seed": seed, "hooks": outgoing})
        self.call(
            "PUT", self.ports.orderflow_url, "faults", {"rules": [cut], "seed": seed, "pushes": outgoing}
        )

    def behave(self) -> None:
        """Take all faults back."""
        self.call("DELETE", self.ports.sfcc_url, "faults")
        self.call("DELETE", self.ports.orderflow_url, "faults")

    def change_stock(self, changes: list[dict[str, Any]]) -> None:
        """Change totals in the warehouse."""
        self.call("POST", self.ports.orderflow_url, "stock", {"changes": changes})

    def storefront_orders(self) -> list[dict[str, Any]]:
        """Return every storefront order with its statuses and the events it was sent."""
        return list(self.call("GET", self.ports.sfcc_url, "orders")["orders"])

    def warehouse_orders(self) -> list[dict[str, Any]]:
        """Return every warehouse order with its shipments."""
        return list(self.call("GET", self.ports.orderflow_url, "orders"))

    def warehouse_returns(self) -> list[dict[str, Any]]:
        """Return every parcel that came back."""
        return [row for row in self.call("GET", self.ports.orderflow_url, "returns") if row["completed"]]

    def storefront_stock(self) -> dict[str, dict[str, Any]]:
        """Return SKU → record of the storefront's list."""
        return dict(self.call("GET", self.ports.sfcc_url, "inventory"))

    def warehouse_stock(self) -> dict[str, dict[str, Any]]:
        """Return SKU → warehouse → counts."""
        return dict(self.call("GET", self.ports.orderflow_url, "stock"))

    def open_in_warehouse(self) -> int:
        """Return how many orders the warehouse still works on."""
        return int(self.call("GET", self.ports.orderflow_url, "auto")["open"])

    def summaries(self) -> list[dict[str, Any]]:
        """Return the journals' own summaries."""
        return [self.call("GET", url, "summary") for url in (self.ports.sfcc_url, self.ports.orderflow_url)]

    def call(self, method: str, base: str, door: str, body: Any = None) -> Any:
        """Call a control door of one remote and return its JSON, None for an empty answer."""
        answer = requests.request(method, f"{base}/_sandbox/{door}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json() if answer.content else None
