"""What are the pixels of one image file?"""
