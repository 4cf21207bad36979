"""What do the containers of a file hold: networks, single tensors, and what is not read at all?"""
