"""What lies in a file beside the layers of its network, and may it be left out?"""
