"""The inputs of a module that no guess by its layers suited: as its source words them, and as exceptions want them."""
