"""Parts of reports that all kinds of run share: page, figures, words, tables."""
