"""The carriers the warehouse works with, and the tracking numbers they hand out."""

import zlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Carrier:
    """A courier with the service it is used for."""

    name: str
    service: str
    prefix: str

    @property
    def code(self) -> str:
        """The courier as a code."""
        return self.name.lower().replace(" ", "_")


CARRIERS = (
    Carrier("DPD", "DPD Next Day", "DP"),
    Carrier("Royal Mail", "Tracked 48", "RM"),
    Carrier("DHL", "DHL Express", "DH"),
)


def carrier_for(order_reference: str, name: str = "") -> Carrier:
    """Return the courier of that name, known or not; without a name the one the order would get."""
    if not name:
        return CARRIERS[zlib.crc32(order_reference.encode()) % len(CARRIERS)]
    known = [courier for courier in CARRIERS if courier.name.lower() == name.lower()]
    return known[0] if known else Carrier(name, "Standard", name[:2].upper())


def tracking_number(courier: Carrier, shipment_id: int, parcel: int) -> str:
    """Return the number of one parcel of a shipment, counted from 1."""
    return f"{courier.prefix}{shipment_id % 10**10:010d}{parcel:02d}GB"


def tracking_url(number: str) -> str:
    """Return the address at which a parcel can be followed."""
    return f"https://track.example/{number}"
