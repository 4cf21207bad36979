"""What happened in a run, and which line of the source is behind it?"""
