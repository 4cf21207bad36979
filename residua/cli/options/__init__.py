"""Options that several verbs share, and what follows from them."""
