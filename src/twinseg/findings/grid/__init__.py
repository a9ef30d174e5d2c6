"""What a grid of runs says as a whole: tables made from the scores of all its runs and rules."""
