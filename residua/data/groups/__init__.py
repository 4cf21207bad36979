"""Which images belong on one side of a split, how is one drawn, and what has crossed a split that was given?"""
