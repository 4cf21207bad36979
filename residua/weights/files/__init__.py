"""Which tensors are in this file? One reader a kind of file."""
