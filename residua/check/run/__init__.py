"""In which configurations does a target run, and what happens when it does?"""
