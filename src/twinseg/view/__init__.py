"""The browser view: everything of a study case by case; reads files, changes none of them."""
