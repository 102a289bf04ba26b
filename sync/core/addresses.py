"""A postal address as both systems need it, and how it is fitted into the warehouse's address lines."""

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from sync.core.letters import latin
from sync.core.sites import AddressPolicy

LONGEST_NAME = 255
# Member of an address → the storefront's name for it.
PATHS = {"contact_name": "fullName", "company": "companyName", "city": "city", "region": "stateCode"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A normalized address; `lines` are street lines only, `country_code` is ISO 3166-1 alpha-2.

    `address_id` is the storefront's id of it, `last_name` a part of the name: no more of where goods go, so
    that they amend nothing.
    """

    contact_name: str
    lines: tuple[str, ...]
    city: str
    country_code: str
    postal_code: str = ""
    region: str = ""
    company: str = ""
    phone: str = ""
    address_id: str = field(default="", compare=False, repr=False)
    last_name: str = field(default="", compare=False, repr=False)


def fitted(address: Address, policy: AddressPolicy) -> Address:
    """Return the address with its street in as many lines, of the length, that the site has for it.

    An address that fits stays as it is; else lines are joined and broken between words, nothing is cut.
    One that does not fit at all (see `misfits`) stays as it is too. Latin letters only where asked for.
    """
    if policy.transliterate:
        address = _latin(address)
    lines = _arranged(address.lines, policy.street_lines, policy.line_length)
    return replace(address, lines=lines or address.lines)


def misfits(address: Address, policy: AddressPolicy) -> Iterator[tuple[str, str]]:
    """Yield the storefront's name of each member that the site cannot write as it is, and why."""
    yield from _missing(address, policy.required)
    if policy.transliterate:
        yield from _foreign(address)
        address = _latin(address)
    if address.lines and not _arranged(address.lines, policy.street_lines, policy.line_length):
        room = f"{policy.street_lines} lines of {policy.line_length}"
        length = sum(map(len, address.lines))
        yield "address1", f"has {length} characters that do not fit into {room} uncut; shorten it"
    for member, longest in _limits(policy):
        length = len(getattr(address, member))
        if length > longest:
            yield PATHS[member], f"has {length} characters, {longest} fit; shorten it"


def _limits(policy: AddressPolicy) -> Iterator[tuple[str, int]]:
    yield from (("contact_name", LONGEST_NAME), ("company", LONGEST_NAME))
    yield from (("city", policy.line_length), ("region", policy.line_length))


def _missing(address: Address, required: Iterable[str]) -> Iterator[tuple[str, str]]:
    told = {
        "company": ("companyName", bool(address.company)),
        "region": ("stateCode", bool(address.region)),
        "address2": ("address2", len(address.lines) > 1),
        "phone": ("phone", bool(address.phone)),
    }
    for member, (path, there) in told.items():
        if member in required and not there:
            yield path, "is required by the site; add it to the address"
    if "phone" in required and address.phone and not address.phone.startswith("+"):
        yield "phone", f"is not a phone number of {address.country_code}; write it with +, country and area"


def _foreign(address: Address) -> Iterator[tuple[str, str]]:
    told = [("address1" if not n else "address2", line) for n, line in enumerate(address.lines)]
    told += [(path, getattr(address, member)) for member, path in PATHS.items()]
    for path, text in told:
        left = sum(not char.isascii() for char in latin(text))
        if left:
            yield (
                path,
                f"has {left} of {len(text)} characters without a Latin spelling; write it in Latin letters",
            )


def _latin(address: Address) -> Address:
    members = {member: latin(getattr(address, member)) for member in PATHS}
    return replace(address, lines=tuple(map(latin, address.lines)), **members)


def _arranged(lines: tuple[str, ...], most: int, longest: int) -> tuple[str, ...]:
    """The lines in at most `most` of `longest` characters, as few changes as will do; empty if none will."""
    broken = [part for line in lines for part in _wrapped(line, longest)]
    while len(broken) > most:
        fits = [n for n in range(len(broken) - 1) if len(", ".join(broken[n : n + 2])) <= longest]
        if not fits:
            broken = _wrapped(", ".join(lines), longest)
            break
        broken[fits[-1] : fits[-1] + 2] = [", ".join(broken[fits[-1] : fits[-1] + 2])]
    return tuple(broken) if len(broken) <= most and max(map(len, broken), default=0) <= longest else ()


def _wrapped(text: str, longest: int) -> list[str]:
    return textwrap.wrap(text, longest, break_long_words=False, break_on_hyphens=False)
