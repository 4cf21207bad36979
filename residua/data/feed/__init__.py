"""How do images reach the network, batch by batch, without keeping it waiting?"""
