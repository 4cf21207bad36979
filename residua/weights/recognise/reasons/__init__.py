"""Why are these tensors no network of ours?"""
