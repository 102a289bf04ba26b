"""Salesforce CRM, REST API: people are looked up, objects of ours are written by their external ids.

`client` is what the ports promise; `org` makes the calls, with a session (`login`) and within the calls of
the day (`usage`); `writing` sends collections. No query, key or value stands in an error or a log.
"""

from sync.clients.crm.client import CrmClient

__all__ = ["CrmClient"]
