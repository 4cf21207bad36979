"""How busy is the server, for Prometheus?"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from residua.serve.service import Service

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# From one picture of a small network to a full queue of a large one.
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class Metrics:
    """What is counted; each server has its own."""

    def __init__(self, service: Service) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "residua_requests", "Requests by route and status", ("route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "residua_request_seconds", "Time to answer", ("route",), registry=self.registry, buckets=_SECONDS
        )
        self._pictures = Counter("residua_pictures", "Pictures by outcome", ("outcome",), registry=self.registry)
        waiting = Gauge("residua_queue_places_taken", "Pictures that are under way", registry=self.registry)
        waiting.set_function(lambda: service.queue.places if service.queue else 0)
        ready = Gauge("residua_ready", "1 once the canaries were right", registry=self.registry)
        ready.set_function(lambda: float(service.ready))

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def pictures(self, answered: int, refused: int) -> None:
        """Count pictures."""
        self._pictures.labels("answered").inc(answered)
        self._pictures.labels("unreadable").inc(refused)

    def text(self) -> bytes:
        """Return what Prometheus reads."""
        return generate_latest(self.registry)
