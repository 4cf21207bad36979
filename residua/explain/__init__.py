"""What did a network look at? Maps over an image, and by how much each of them can be believed."""
