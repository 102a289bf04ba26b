"""Customers and agents: what is between them and the CRM."""

from dataclasses import dataclass
from functools import cached_property

from sync.flows.acquaintance import Acquaintance
from sync.flows.agents import AgentFlow
from sync.flows.customers import CustomerFlow
from sync.flows.linking import Linking
from sync.store.agents import PostgresStories
from sync.wiring.remotes import Remotes


@dataclass(frozen=True)
class People(Remotes):
    """Who customers are, and what their agents see."""

    @cached_property
    def linking(self) -> Linking:
        """What facts prove of ids."""
        return Linking(names=self.names, clock=self.clock)

    @cached_property
    def acquaintance(self) -> Acquaintance:
        """Who customers are in the CRM."""
        return Acquaintance(links=self.links, book=self.crm, conflicts=self.conflicts_store, names=self.names)

    @cached_property
    def customers(self) -> CustomerFlow:
        """Customers to their contacts."""
        return CustomerFlow(
            sites=self.settings.sites,
            storefront=self.storefront,
            acquaintance=self.acquaintance,
            names=self.names,
            backoff=self.backoff,
            clock=self.clock,
        )

    @cached_property
    def agents(self) -> AgentFlow:
        """Orders' stories to the CRM."""
        return AgentFlow(
            sites=self.settings.sites,
            stories=PostgresStories(self.sessions),
            crm=lambda: self.crm,
            links=self.links,
            queue=self.queue,
            clock=self.clock,
            patience=self.settings.delivery.lease / 2,
        )
