"""Credentials: known by the name of their environment variable, and never shown, stored or sent elsewhere."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from schemas.errors import CredentialError

HIDDEN = "***"
# What is shorter would be blotted out of every other word.
_LEAST_CHARACTERS = 4


class Secret:
    """A value that prints as ***, cannot be pickled (so no Prefect result holds it), and is had by `reveal()` alone.

    `name`: what people know it by, its environment variable. `prefix` is sent before it, like "Bearer ", and is no secret.
    """

    __slots__ = ("name", "prefix", "_value")

    def __init__(self, value: str, name: str, prefix: str = "") -> None:
        self._value, self.name, self.prefix = value, name, prefix

    def reveal(self) -> str:
        return self.prefix + self._value

    def __repr__(self) -> str:
        return f"Secret({self.name})"

    __str__ = __repr__

    def __reduce__(self):
        raise TypeError(f"the credential {self.name} is not to be stored")

    @property
    def traces(self) -> tuple[str, ...]:
        """Every form in which the value may come back in a message, a header or an address."""
        value = self._value
        encoded = base64.b64encode(value.encode()).decode()
        forms = {value, quote(value), quote(value, safe=""), quote_plus(value), encoded, repr(value)[1:-1]}
        return tuple(sorted((form for form in forms if len(form) >= _LEAST_CHARACTERS), key=len, reverse=True))


def from_environment(variable: str, where: str, prefix: str = "") -> Secret:
    """The credential that the environment variable holds now; raises CredentialError where there is none."""
    value = os.environ.get(variable, "").strip()
    if not value:
        raise CredentialError(
            where,
            f"环境变量未设置 the environment variable {variable} is not set",
            "a credential in it",
            f"export {variable}=… where patnav runs",
        )
    if not (value.isascii() and value.isprintable()):
        raise CredentialError(
            where, f"{variable} holds characters that cannot be sent", "one line of text", "set it again"
        )
    return Secret(value, variable, prefix)


def without(secrets: Iterable[Secret], text: str) -> str:
    """The text with every trace of the credentials blotted out."""
    for secret in secrets:
        for trace in secret.traces:
            text = text.replace(trace, HIDDEN)
    return text
