"""Which operations does a module execute, and what does each do to shapes?"""
