"""How is what was found handed to the user?"""
