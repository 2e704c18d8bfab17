"""What tests/faults/test_fuzz.py is made of: who asks, where, with which nonsense, and what is held of the answer."""
