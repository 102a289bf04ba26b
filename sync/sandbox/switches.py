"""Switches: every undocumented behavior of a vendor that a remote has to assume, and its present position."""

from dataclasses import dataclass
from typing import Any


class SwitchError(ValueError):
    """A switch that does not exist, or a value it does not take."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One assumption: `doc` says what it is about and why it had to be assumed.

    `choices` lists the values it takes; without them any value of the default's type is taken.
    """

    name: str
    default: Any
    doc: str
    choices: tuple[Any, ...] = ()

    def check(self, value: Any) -> Any:
        """Return `value` if the switch takes it, else raise `SwitchError`."""
        if self.choices and value not in self.choices:
            raise SwitchError(f"{self.name}: {value!r} is not one of {list(self.choices)}")
        if isinstance(self.default, float) and type(value) is int:
            return float(value)
        if not self.choices and type(value) is not type(self.default):
            raise SwitchError(f"{self.name}: {value!r} is not a {type(self.default).__name__}")
        return value


class Switches:
    """The switches of one remote, read with `switches["name"]`."""

    def __init__(self, *switches: Switch) -> None:
        self._known = {switch.name: switch for switch in switches}
        self._values = {switch.name: switch.default for switch in switches}

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def change(self, values: Any) -> None:
        """Set the given switches, or none of them if one is unknown or refused (`SwitchError`)."""
        if not isinstance(values, dict):
            raise SwitchError("an object is expected")
        unknown = sorted(set(values) - set(self._known))
        if unknown:
            raise SwitchError(f"unknown switch: {', '.join(unknown)}")
        self._values.update({name: self._known[name].check(value) for name, value in values.items()})

    def reset(self) -> None:
        """Put every switch back to its default."""
        self._values = {name: switch.default for name, switch in self._known.items()}

    def describe(self) -> dict[str, Any]:
        """Every switch with its value, default, choices and doc line."""
        return {
            name: {
                "value": self._values[name],
                "default": switch.default,
                "choices": list(switch.choices),
                "doc": switch.doc,
            }
            for name, switch in sorted(self._known.items())
        }
