"""Which network is in a checkpoint, and can I have it in that layout?"""
