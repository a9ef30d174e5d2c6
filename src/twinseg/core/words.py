"""Numbers of things as they stand in a sentence."""


def amount(count: int, thing: str) -> str:
    """Say how many of a thing there are: "1 case", "2594 cases"."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def be(count: int) -> str:
    """Return the verb of a number of things: "1 group is", "5 groups are"."""
    return "is" if count == 1 else "are"
