"""How a sandbox is started."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """Ports (0 takes a free one), credentials, where events go, and how the world behaves.

    `bridge_url` is the base URL of Orderbridge's receiver; without it no hook and no push leaves.
    `hook_secret` is a Standard Webhooks secret (`whsec_…`). `auto` lets the warehouse work by itself,
    `auto_speed` times as fast as its natural pace.
    """

    sfcc_port: int = 8101
    orderflow_port: int = 8102
    crm_port: int = 8103
    host: str = "127.0.0.1"
    bridge_url: str | None = None
    hook_secret: str | None = None
    push_user: str = "sandbox"
    push_password: str = "sandbox"  # noqa: S105 - documented, protects nothing
    client_id: str = "sandbox"
    client_secret: str = "sandbox"  # noqa: S105 - as above
    organization: str = "f_ecom_zzte_053"
    auto: bool = False
    auto_speed: float = 1.0
    seed: int = 1
    inventory_list: str = "refarch"
    on_order_inventory: bool = True
    tenant_group: str = "tg_zzte"


class Background(Protocol):
    """Work a remote does by itself beside answering."""

    async def run(self) -> None:
        """Work until canceled."""


class Idle:
    """The background of a remote that does nothing by itself."""

    async def run(self) -> None:
        """Return at once: there is nothing to do."""
