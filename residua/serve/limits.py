"""What may a request cost, and how is one refused?"""

from __future__ import annotations

from dataclasses import dataclass

from residua.errors import ShipError


@dataclass(frozen=True)
class Limits:
    """What a client may ask for.

    Parameters
    ----------
    max_body
        MiB of one request.
    max_files
        Pictures of one request.
    queue
        Pictures that may be under way at a time, of all requests; what is beyond gets 429.
    seconds
        Within which a request has to arrive, and is answered.
    """

    max_body: int = 32
    max_files: int = 32
    queue: int = 64
    seconds: float = 30.0

    def require_usable(self) -> None:
        """Raise ShipError for limits that nothing passes."""
        if min(self.max_body, self.max_files, self.queue) < 1 or not 0 < self.seconds <= 3600:
            raise ShipError("--max-body, --max-files and --queue are at least 1, --seconds above 0 and at most 3600")
        if self.max_files > self.queue:
            raise ShipError(f"--max-files {self.max_files} pictures of one request never fit into --queue {self.queue}")


class Refusal(Exception):
    """What a client gets in place of an answer: an HTTP status, a code for programs and a message for people."""

    def __init__(self, status: int, code: str, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after

    @property
    def document(self) -> dict[str, object]:
        """The JSON that is sent."""
        return {"error": {"code": self.code, "message": self.message}}

    @property
    def headers(self) -> dict[str, str]:
        """The headers that go with it."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
