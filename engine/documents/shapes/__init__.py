"""The JSON Schema fragments of the document kinds, one module per kind."""
