"""A postal address as both systems need it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A normalized address; `lines` are street lines only, `country_code` is ISO 3166-1 alpha-2."""

    contact_name: str
    lines: tuple[str, ...]
    city: str
    country_code: str
    postal_code: str = ""
    region: str = ""
    company: str = ""
    phone: str = ""
