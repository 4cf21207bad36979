"""What does a run need before its first step?"""
