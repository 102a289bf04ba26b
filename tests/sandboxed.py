"""A sandbox in a thread of the test run, and the settings of a bridge whose remotes it is."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue

from sync.sandbox.serve import Running, SandboxOptions, run

FREE_PORTS = SandboxOptions(sfcc_port=0, orderflow_port=0, crm_port=0)
# Guards against hanging only.
HANGING_SECONDS = 300


@contextmanager
def running_sandbox(options: SandboxOptions = FREE_PORTS) -> Iterator[Running]:
    """Run a sandbox until the block ends."""
    box: Queue[Running] = Queue()
    thread = threading.Thread(target=run, args=(options, box.put), daemon=True)
    thread.start()
    running = box.get(timeout=HANGING_SECONDS)
    yield running
    running.stop()
    thread.join(HANGING_SECONDS)
    assert not thread.is_alive(), "the sandbox does not stop"


def environment(sandbox: Running, database_url: str, redis_url: str) -> dict[str, str]:
    """Return the environment of a bridge between the sandbox's remotes, whose failed work is due at once."""
    values = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SFCC_URL": sandbox.sfcc_url,
        "SFCC_INVENTORY_URL": sandbox.sfcc_url,
        "SFCC_TOKEN_URL": f"{sandbox.sfcc_url}/dwsso/oauth2/access_token",
        "SFCC_ORGANIZATION": "f_ecom_zzte_053",
        "SFCC_CLIENT_ID": "sandbox",
        "SFCC_CLIENT_SECRET": "sandbox",
        "ORDERFLOW_URL": f"{sandbox.orderflow_url}/web/",
        "ORDERFLOW_USER": "sandbox",
        "ORDERFLOW_PASSWORD": "sandbox",
        "ORDERFLOW_RETURN_REPORT": "true",
        "CRM_URL": sandbox.crm_url,
        "CRM_CONSUMER_KEY": "sandbox",
        "CRM_CONSUMER_SECRET": "sandbox",
        "PUSH_USER": "sandbox",
        "PUSH_PASSWORD": "sandbox",
        "WEBHOOK_SECRETS": "whsec_c2VjcmV0",
        "RECEIVER_PORT": "1",
        "FIRST_DELAY": "0",
        "LONGEST_DELAY": "0",
    }
    return {f"ORDERBRIDGE_{name}": value for name, value in values.items()}
