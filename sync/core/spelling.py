"""How the members of an order are spelled: camelCase, or snake_case in documents of the older interface."""

CUSTOM_PREFIX = "c_"


def own_path(path: str, *, snake_case: bool) -> str:
    """Return a camelCase path in the spelling of the document it is about; custom attributes keep theirs."""
    if not snake_case:
        return path
    return ".".join(part if part.startswith(CUSTOM_PREFIX) else _snake(part) for part in path.split("."))


def _snake(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name)
