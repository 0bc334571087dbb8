"""What follows a list: it is told of every change, soon after, at least once."""
