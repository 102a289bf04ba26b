"""Whether an order was erased: nothing personal of it is written any more."""

from sqlalchemy.orm import Session

from sync.store.ledger.statements import ERASED


def is_erased(session: Session, site: str, order_no: str) -> bool:
    """Tell whether the order was erased, as the caller's transaction sees it."""
    return bool(session.execute(ERASED, {"sites": [site], "keys": [order_no]}).first())
