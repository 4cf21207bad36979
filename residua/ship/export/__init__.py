"""A trained network becomes an artifact: graph → quantise → verify → canaries → written, in that order."""
