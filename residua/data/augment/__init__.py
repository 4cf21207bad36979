"""What does training see instead of the plain image?"""
