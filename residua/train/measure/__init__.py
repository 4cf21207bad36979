"""How good is a network, and how is it shown?"""
