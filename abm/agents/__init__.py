"""How traders behave: who they are, what they see, what they do."""
