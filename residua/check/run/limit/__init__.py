"""How is a class kept to its processor time: a clock, passes without arithmetic, and smaller inputs."""
