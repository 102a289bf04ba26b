"""Which calls each carrier of stock needs to be allowed."""

from collections.abc import Iterator

from sync.cli.doctor.stock import Look
from sync.core.sites import Site
from sync.wiring.stocking import Stocking

_DATA = "Add {} to the API client's Open Commerce API settings (docs/integration.md has the document)."
_SCOPE = "Give the API client the scopes {} in Account Manager, and set ORDERBRIDGE_SFCC_TENANT_GROUP."


def looks(stocking: Stocking, site: Site) -> Iterator[Look]:
    """Yield the looks for a site's carriers, those for files only where it sends any."""
    policy, shelves, freight = site.publication, stocking.shelves, stocking.bulk
    location = site.stock.inventory_list
    if policy.inventory == "omnichannel":
        scopes = "sfcc.inventory.availability.rw and sfcc.inventory.impex-inventory.rw"
        yield Look(
            "reading Omnichannel Inventory",
            lambda: shelves.omnichannel.look(location),
            _SCOPE.format(scopes),
        )
        return
    records = shelves.listed if policy.api == "scapi" else shelves.records
    resource = _DATA.format("/inventory_lists/*/product_inventory_records/* with get")
    yield Look("reading inventory records", lambda: records.look(location), resource)
    if policy.bulk_from:
        folder = f"Impex/{policy.feed_folder}"
        permission = f"Give the API client WebDAV access to {folder} and to the logs, to read and to write."
        yield Look("reading the feed's folder", lambda: freight.feeds.folders.look(folder), permission)
        job = _DATA.format("/job_execution_search with post, and /jobs/*/executions")
        yield Look("looking for job executions", lambda: freight.feeds.jobs.look(policy.feed_job), job)
