"""Training of the reader: data, synthesis, model, loop and export. Nothing here is needed to answer a question."""
