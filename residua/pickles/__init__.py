"""What is in a pickle, read without running anything of it?"""
