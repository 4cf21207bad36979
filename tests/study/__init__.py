"""Are the studies right?"""
