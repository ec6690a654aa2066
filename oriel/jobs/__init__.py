"""What makes the videos: the queue, the workers and their limited children; arq lives only here."""
