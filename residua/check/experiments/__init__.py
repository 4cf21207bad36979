"""What does a target show that is made once more, moved to another device, or taken a step further?"""
