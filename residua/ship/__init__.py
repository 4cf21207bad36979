"""How is a trained network used?"""
