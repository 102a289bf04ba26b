"""People by their e-mail address, and the digests that stand for them where nothing personal may be."""

import hashlib
import unicodedata
from dataclasses import dataclass, field

_PURPOSE = b"orderbridge.mail"
_BYTES = 16


def normalized(email: str) -> str:
    """Return an address as it is compared: without surrounding space, in one case, composed.

    `a+b@x` stays another person than `a@x`: what a plus means is the mail server's own affair.
    """
    return unicodedata.normalize("NFC", email.strip().casefold())


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """What people are called where their address may not stand: the same address has the same name.

    The name is a digest under `key`, of 64 bytes at most. With a secret key nobody can try addresses on a
    stolen table; without one the name tells nothing by itself, but a guess at the address can be checked.
    """

    key: str = field(default="", repr=False)

    def of(self, email: str) -> str:
        """Return 32 hexadecimal digits that stand for an address, nothing for none."""
        told = normalized(email)
        if not told:
            return ""
        # A lone surrogate is no character of any address, and must not stop the order that has one.
        text = told.encode(errors="surrogatepass")
        return hashlib.blake2b(text, digest_size=_BYTES, key=self.key.encode(), person=_PURPOSE).hexdigest()
