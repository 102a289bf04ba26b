"""The process that is measured: a whole pull and what follows, then its own peak memory as JSON."""

import json
import resource
import sys
import time

from config.logs import configure_logs
from config.settings import load_settings
from sync.flows.inventory import TOPICS
from sync.wiring import Bridge, silent


def main() -> None:
    """Ask for a pull under the slot that is given, work until nothing is left, and tell what it took."""
    configure_logs("json")
    bridge = Bridge(settings=load_settings(), bell=silent)
    (organisation,) = {site.organisation for site in bridge.settings.sites.values()}
    bridge.ledger.add([bridge.inventory.request(organisation, sys.argv[1])])
    began = time.monotonic()
    while bridge.queue.unfinished(organisation, "stock", TOPICS[1]):
        bridge.loop.deliver(TOPICS, bridge.inventory.deliver, bridge.work)
        time.sleep(0.2)
    seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"seconds": round(seconds, 1), "peak_mb": round(peak, 1)}) + "\n")


if __name__ == "__main__":
    main()
