"""What does a file show of what its network computes, beside its tensors?"""
