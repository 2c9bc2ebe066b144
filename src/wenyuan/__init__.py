"""wenyuan (问源, "ask the source"): cited question answering over Chinese articles."""
