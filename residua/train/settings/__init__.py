"""What does a run do, and how long? Values, with no torch."""
