"""Label volumes, and how they are joined with their volumes."""
