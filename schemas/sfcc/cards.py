"""Card and bank data in a storefront's document: taken out before anything is kept."""

import json
import re

# As SCAPI and OCAPI spell them, wherever they stand.
_MEMBERS = (
    *("paymentCard", "paymentBankAccount", "bankRoutingNumber", "creditCardToken"),
    *("payment_card", "payment_bank_account", "bank_routing_number", "credit_card_token"),
)
# Inside of a text a quote has a backslash before it, so only a member's name is found.
_NAME = re.compile(rf'(?<!\\)"(?:{"|".join(_MEMBERS)})"\s*:\s*')
_DECODER = json.JSONDecoder()


def without_card_data(text: str) -> str:
    """Return well-formed JSON with null for every card, token and bank account, all else as it was."""
    kept, at = list[str](), 0
    while found := _NAME.search(text, at):
        _, end = _DECODER.raw_decode(text, found.end())
        kept += [text[at : found.end()], "null"]
        at = end
    return "".join([*kept, text[at:]])
