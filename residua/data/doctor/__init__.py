"""What is wrong with this collection of images?"""
