"""How does one come to understand residual networks? Lessons in two languages, and exercises that are checked."""
