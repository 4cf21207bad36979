"""Which network do these tensors make?"""
