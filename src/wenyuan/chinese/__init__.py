"""All that is particular to Chinese text: normalising, sentences, words, numbers."""
