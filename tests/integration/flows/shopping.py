"""Shoppers, their orders, and what the house knows of them."""

from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

from sync.core.messages import Topic
from sync.core.ports.conflicts import Resolution
from sync.core.proofs import customer_subject
from sync.core.timeline import summary, timeline
from sync.flows.drafts import link_requested
from sync.flows.messages import describe
from sync.store.trails import PostgresTrails

SITE = "RefArchUK"
# Named so since the stand-in shows order attributes, and not what is in free places.
PLACES = {"account_property": "crmAccount", "contact_property": "crmContact"}
SHOPPER = {"customerId": "bdAbc123XyZ", "customerNo": "00051877", "customerName": "Imogen Hartley"}
MAIL = "imogen.hartley@example.test"


class Shop:
    """Shoppers of a house whose sites match customers, and what is known of them."""

    def __init__(self, house: Any) -> None:
        self.house = house

    def buys(self, *, mail: str = MAIL, guest: bool = False, **ids: Any) -> str:
        """Place an order of a customer, hand it over, and return its number."""
        number = self.places(mail=mail, guest=guest, **ids)
        self.house.work()
        return number

    def places(self, *, mail: str = MAIL, guest: bool = False, who: Any = None, **ids: Any) -> str:
        (number,) = self.house.place()
        info = {"customerId": f"ab{number}", "customerNo": None} if guest else (who or SHOPPER)
        known = {"c_b2ccrm_contactId": None, "c_b2ccrm_accountId": None, **ids}
        self.house.edit(
            number,
            customerInfo={**info, "email": mail, "guest": guest},
            billingAddress={"lastName": "Hartley"},
            **known,
        )
        self.house.hear(number)
        return str(number)

    def looks_up(self) -> dict[str, int]:
        """Ask once for everything that is due: what waits is due again at once in a test."""
        bridge = self.house.bridge
        claimed = bridge.ledger.claim([Topic.LINK_REQUESTED], limit=50, lease=60)
        found: Counter[str] = Counter()
        for group in bridge.customers.deliver(claimed):
            settled = list(group)
            assert all(bridge.ledger.settle(settled))
            found.update(describe(one.settlement) for one in settled)
        return dict(found)

    def looks_up_anew(self, number: str) -> dict[str, int]:
        """Ask for an order's customer whatever is remembered, as a person does."""
        self.house.bridge.ledger.add([link_requested(SITE, number, f"hand:{number}", anew=True)])
        return self.looks_up()

    def sent(self, number: str) -> tuple[str, str]:
        """The account and the contact on the warehouse's order."""
        (order,) = self.house.alive(number)
        return order["attributes"].get("crmAccount", ""), order["attributes"].get("crmContact", "")

    def remembers(self, number: str) -> list[tuple[str, bool]]:
        """The contacts of an order's customer, and whether each holds now."""
        bridge = self.house.bridge
        site = bridge.settings.sites[SITE]
        subject = customer_subject(bridge.storefront.order(site, number).customer, site, bridge.names)
        traces = bridge.links.traces(subject)
        return [(one.link.value, one.until is None) for one in traces if "contact" in one.link.kind]

    def looked_up(self, number: str) -> tuple[str, str, str]:
        (row,) = self.house.rows(
            "SELECT state, note, error_code FROM message WHERE topic = 'link.requested' AND key = :key "
            "ORDER BY id DESC LIMIT 1",
            key=number,
        )
        return row["state"], row["note"], row["error_code"] or ""

    def resolve(self, number: str, decision: Resolution, choice: str = "") -> str:
        (conflict,) = self.house.disputed(number)
        return str(
            self.house.bridge.conflicts.resolve(
                conflict.id, decision, actor="Ida", reason="asked her", choice=choice
            )
        )

    def story(self, number: str) -> list[tuple[str, str]]:
        trail = PostgresTrails(self.house.bridge.sessions).trail(SITE, number)
        return [(str(one.what), one.text) for one in timeline(trail, self.house.bridge.settings.sites[SITE])]

    def sentence(self, number: str) -> str:
        site = self.house.bridge.settings.sites[SITE]
        trail = PostgresTrails(self.house.bridge.sessions).trail(SITE, number)
        return summary(trail, site, ZoneInfo(site.zone)).sentence
