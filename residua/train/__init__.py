"""How is a network trained, and how good is it?"""
