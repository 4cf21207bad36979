"""A network that answers over HTTP: one artifact, one queue, one page."""
