"""What of a file are tensors of layers, before it is known which layers they make?"""
