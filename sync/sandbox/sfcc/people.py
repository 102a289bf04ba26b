"""Who buys: names, addresses and telephone numbers per country, the same person for the same number."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sync.sandbox.chance import Chance
from sync.sandbox.world import Site

FIRST = {
    "US": ("Maya", "José", "Liam", "Zoë", "Noah", "Renée", "D'Andre", "Xiōng", "Ava", "Siobhán"),
    "GB": ("Imogen", "Niamh", "Alfie", "Aïsha", "Callum", "Chloë", "Łukasz", "Priya", "Seán", "Beatrix"),
    "DE": ("Jürgen", "Käthe", "Björn", "Sören", "Anaïs", "Gülşen", "Mißbach", "Lena", "Zdeněk", "Franziska"),
}
LAST = {
    "US": ("Nguyen", "O'Connor", "Peña-Ortiz", "Smith", "Müller", "van der Berg", "Kowalczyk", "Lee"),
    "GB": ("Hartley", "Ó Briain", "Smythe-Jones", "Patel", "Llewellyn", "Dvořák", "MacGregor", "Okonkwo"),
    "DE": ("Großmann", "Öztürk", "Weiß", "von der Heyde", "Schäfer", "Łuczak", "Bär", "Müller-Lüdenscheidt"),
}
STREETS = {
    "US": ("{} Main Street", "{} Peachtree Road NE", "{} Cañon Drive", "{} W 42nd Street", "{} Elm Avenue"),
    "GB": ("{} Weir Cottages", "{} High Street", "Flat 2, {} St. John's Wood Road", "{} Ffordd y Môr"),
    "DE": ("Königstraße {}", "Am Mühlbach {}", "Straße des 17. Juni {}", "Gänsemarkt {}", "Bahnhofstr. {}a"),
}
# City, state, postal code, telephone, tax rate of the place.
PLACES = {
    "US": (
        ("San Francisco", "CA", "94105", "(415) 555-01{:02d}", "0.0725"),
        ("New York", "NY", "10001", "(212) 555-01{:02d}", "0.04"),
        ("Austin", "TX", "78701", "+1 512 555 01{:02d}", "0.0625"),
        ("Seattle", "WA", "98101", "206-555-01{:02d}", "0.065"),
        ("Portland", "OR", "97205", "503.555.01{:02d}", "0"),
        ("Chicago", "IL", "60601", "1-312-555-01{:02d}", "0.0625"),
        ("Boston", "MA", "02108", "(617) 555-01{:02d}", "0.0625"),
    ),
    "GB": (
        ("Otley", "", "LS21 1AA", "0113 496 00{:02d}", "0.2"),
        ("London", "", "NW8 7HG", "020 7946 00{:02d}", "0.2"),
        ("Manchester", "", "M1 1AE", "+44 161 496 00{:02d}", "0.2"),
        ("Edinburgh", "", "EH1 1YZ", "0131 496 00{:02d}", "0.2"),
        ("Belfast", "", "BT1 5GS", "028 9649 60{:02d}", "0.2"),
    ),
    "DE": (
        ("Berlin", "", "10117", "030 231250{:02d}", "0.19"),
        ("München", "", "80331", "+49 89 999988{:02d}", "0.19"),
        ("Köln", "", "50667", "0221 47147{:02d}", "0.19"),
        ("Düsseldorf", "", "40213", "(0211) 45585{:02d}", "0.19"),
        ("Görlitz", "", "02826", "03581 6655{:02d}", "0.19"),
    ),
}
LONG = (
    "c/o The Very Long Established Company of Importers, Exporters and General Merchants, Building 7, Wing C"
)
PEOPLE = 2_000


@dataclass(frozen=True, slots=True)
class Person:
    """A customer of one country; `guest` has no account."""

    number: int
    country: str
    first: str
    last: str
    guest: bool

    def info(self) -> dict[str, Any]:
        """The order's customer block."""
        name = f"{self.first} {self.last}"
        info: dict[str, Any] = {
            "customerId": f"bd{self.country}{self.number:08d}",
            "customerName": name,
            "email": f"shopper{self.number}.{self.country.lower()}@example.com",
            "guest": self.guest,
        }
        return info if self.guest else info | {"customerNo": f"{self.number:08d}"}

    def crm_links(self) -> dict[str, str]:
        """The CRM ids that b2c-crm-sync puts on the order."""
        return {
            "c_b2ccrm_contactId": f"003Ab{self.number:010d}IAA",
            "c_b2ccrm_accountId": f"001Ab{self.number:010d}IAA",
        }


def person(chance: Chance, site: Site) -> Person:
    """One of the site's customers; about a third buy as guests."""
    number = chance.randrange(1, PEOPLE + 1)
    own = Chance(f"person:{site.country}:{number}")
    first, last = own.choice(FIRST[site.country]), own.choice(LAST[site.country])
    return Person(number, site.country, first, last, own.happens(0.35))


def address(chance: Chance, who: Person) -> tuple[dict[str, Any], Decimal]:
    """An address of the person in the SCAPI form, and the tax rate of the place."""
    city, state, postal_code, phone, rate = chance.choice(PLACES[who.country])
    street = chance.choice(STREETS[who.country]).format(chance.randrange(1, 400))
    block: dict[str, Any] = {
        "firstName": who.first,
        "lastName": who.last,
        "fullName": f"{who.first} {who.last}",
        "address1": street,
        "city": city,
        "postalCode": postal_code,
        "countryCode": who.country,
        "phone": phone.format(chance.randrange(100)),
    }
    if state:
        block["stateCode"] = state
    if chance.happens(0.15):
        block["address2"] = chance.choice(("Apt. 12", "2. Hinterhof", "Unit 4b", LONG))
    if chance.happens(0.1):
        block["companyName"] = chance.choice(
            ("Brüder & Söhne GmbH", "Smith, Wesley & Co.", "ACME “Tools” Ltd")
        )
    return block, Decimal(rate)
