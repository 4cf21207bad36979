"""Which of the networks that fit the tensors left its batch norms these statistics?"""
