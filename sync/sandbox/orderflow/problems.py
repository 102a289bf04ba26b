"""Why a call fails as a whole, each with the Java class that Orderflow names for it."""


class Problem(Exception):
    """A call that ends in an error document."""

    exception = "rtd.exceptions.ApplicationException"


class MissingData(Problem):
    """Something named in the call does not exist, or is not named."""

    exception = "rtd.exceptions.MissingDataException"


class InvalidData(Problem):
    """A parameter or document that cannot be read."""

    exception = "rtd.exceptions.InvalidDataException"


class Page(Exception):
    """A call that ends in an HTML page with this status, as the servlet container makes them."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
