"""What a study will do, and what that will take: said before anything is done."""
