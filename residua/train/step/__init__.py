"""What does one step of training do?"""
