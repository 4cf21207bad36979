"""What the repository of a class says of it: how its code makes and calls it, and what its configurations hold."""
