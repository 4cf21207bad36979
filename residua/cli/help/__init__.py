"""What the command says of itself: in Chinese, and to a shell that completes words."""
