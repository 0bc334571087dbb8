"""Content lines to properties and components, in the strict form of our files: upper case, none quoted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .octets import Line

# Name, parameters, value.
CONTENT_LINE = re.compile(
    r"([A-Z][A-Z0-9-]*)((?:;TZID=[\w/+-]+|;X-OCCURRENCE=\d{8}T\d{6} [\w/+-]+|;[A-Z-]+=[A-Z-]+)*):(.*)",
    re.DOTALL | re.ASCII,
)


@dataclass(frozen=True)
class Property:
    line: int
    name: str
    params: str
    value: str


@dataclass
class Component:
    line: int
    name: str
    properties: list[Property] = field(default_factory=list)
    components: list["Component"] = field(default_factory=list)

    def all(self, name: str) -> list[Property]:
        return [prop for prop in self.properties if prop.name == name]

    def one(self, name: str) -> Property | None:
        """The property of this name, where there is exactly one."""
        found = self.all(name)
        return found[0] if len(found) == 1 else None

    def value(self, name: str) -> str | None:
        found = self.one(name)
        return found and found.value

    def walk(self) -> Iterator["Component"]:
        yield self
        for component in self.components:
            yield from component.walk()


def grow(lines: list[Line]) -> tuple[list[Component], list[str]]:
    """The components at the top of the stream, and what kept lines from being part of any."""
    top = Component(0, "the stream")
    open_components, faults = [top], []
    for number, text in lines:
        match = CONTENT_LINE.fullmatch(text)
        if match is None:
            faults.append(f"Line {number} is no content line: {text[:40]!r}.")
            continue
        name, params, value = match.groups()
        inmost = open_components[-1]
        if name == "BEGIN":
            inmost.components.append(Component(number, value))
            open_components.append(inmost.components[-1])
        elif name == "END":
            if value != inmost.name:
                faults.append(f"Line {number} ends {value}, but {inmost.name} is open.")
            elif inmost is not top:
                open_components.pop()
        elif inmost is top:
            faults.append(f"Line {number} stands outside of every component.")
        else:
            inmost.properties.append(Property(number, name, params, value))
    faults += [f"The {left.name} of line {left.line} never ends." for left in open_components[1:]]
    return top.components, faults
