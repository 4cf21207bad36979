"""How do verbs give what they found, beside printing it: rows in files, drawings."""
