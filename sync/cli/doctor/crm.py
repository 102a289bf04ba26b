"""The CRM: are we let in, are calls left, and is there what the sites look up and write?"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from sync.cli.doctor.finding import Finding, bad, doubtful, well
from sync.cli.doctor.remotes import failed
from sync.core.agent_policy import Names
from sync.core.crm import AgentPlace, Contact, MatchRule
from sync.core.customers import Customer
from sync.core.errors import OrderbridgeError
from sync.core.sites import Site

SUBJECT = "CRM"
_NOBODY = "orderbridge-doctor"
_CUSTOMER = Customer(
    name=_NOBODY,
    last_name=_NOBODY,
    email=f"{_NOBODY}@example.invalid",
    number=_NOBODY,
    storefront_id=_NOBODY,
    guest=False,
)


class Field(Protocol):
    """What is looked at of a field."""

    @property
    def external_id(self) -> bool: ...  # noqa: D102  whether records are found by it
    @property
    def unique(self) -> bool: ...  # noqa: D102  whether no two records have the same
    @property
    def writable(self) -> bool: ...  # noqa: D102  whether we may set it
    @property
    def relationship(self) -> str: ...  # noqa: D102  what its parent is called


class Crm(Protocol):
    """What is asked."""

    def used(self) -> float:
        """Return how many percent of the day's calls are used."""

    def fields(self, kind: str) -> Mapping[str, Field]:
        """Return an object's fields."""

    def contacts(
        self, rule: MatchRule, customer: Customer, customer_list: str, *, person_accounts: bool
    ) -> Iterable[Contact]:
        """Look somebody up."""


def check_crm(crm: Crm, sites: Iterable[Site], slow_at: float) -> Iterator[Finding]:
    """Log in, then look up nobody by each site's rules, and look at the objects that are written."""
    wanted = [site for site in sites if site.crm.match or site.crm.agent is AgentPlace.CRM]
    if not wanted:
        return
    try:
        used = crm.used()
    except OrderbridgeError as error:
        yield failed(SUBJECT, error)
        return
    yield _allowance(used, slow_at)
    for site in wanted:
        yield from _rules(crm, site)
    written = [site.crm.records for site in wanted if site.crm.agent is AgentPlace.CRM]
    objects = [one for records in written for one in (records.order, records.shipment, records.event) if one]
    for names in {repr(one): one for one in objects}.values():
        yield _object(crm, names)


def _allowance(used: float, slow_at: float) -> Finding:
    text = f"lets us in; {used:.0f} % of the day's calls are used"
    if used < slow_at:
        return well(SUBJECT, text)
    return doubtful(SUBJECT, text, "See in the org which app uses them (System Overview), or buy more.")


def _rules(crm: Crm, site: Site) -> Iterator[Finding]:
    own = site.crm
    for rule in own.match:
        try:
            crm.contacts(rule, _CUSTOMER, own.customer_list or _NOBODY, person_accounts=own.person_accounts)
        except OrderbridgeError as error:
            cure = (
                f"Install the fields of b2c-crm-sync and let our user read them, or leave {rule} out of"
                f" match in [sites.{site.name}.crm]."
            )
            yield bad(SUBJECT, f"no look-up by {rule}: {error.detail}", cure)
            return
    if own.match:
        yield well(SUBJECT, f"site {site.name} looks up by {', '.join(own.match)}")


def _object(crm: Crm, names: Names) -> Finding:
    subject = f"{SUBJECT} {names.kind}"
    try:
        known = {name.lower(): field for name, field in crm.fields(names.kind).items()}
    except OrderbridgeError as error:
        return bad(subject, f"cannot be described: {error.detail}", "Make it, and let our user write it.")
    asked = [names.key, *filter(None, names.fields.values())]
    missing = [name for name in asked if name.lower() not in known or not known[name.lower()].writable]
    parents = {field.relationship.lower() for field in known.values()}
    if names.parent and names.parent.lower() not in parents:
        missing.append(names.parent)
    if missing:
        cure = "Make the fields and let our user edit them, or name others in the site's `crm.records`."
        return bad(subject, f"has no {', '.join(missing)} that we may write", cure)
    key = known[names.key.lower()]
    if not (key.external_id and key.unique):
        cure = "Mark the field External ID and Unique: else two writers make the same record twice."
        return bad(subject, f"{names.key} is no unique external id", cure)
    return well(subject, f"has {names.key} and {len(asked) - 1} fields that we write")
