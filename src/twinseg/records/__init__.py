"""What a study was asked, what its runs are called, and where every file of it lies."""
