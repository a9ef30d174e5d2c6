"""What a paper and its reviewers ask for beside the results: methods, cards, checklists."""
