"""Everything that touches moderngl: contexts, programs, targets and the painter."""
