"""How much memory do the compiled programs of W1 take? Run alone, since tracing memory slows everything down.

    python tests/benchmarks/memory.py SIZE

Prints one JSON object: bytes that stay after compiling (`kept`; documents not counted), bytes at the worst moment of
compiling (`peak`), and the length of the pickled programs (`pickled`).
"""

from __future__ import annotations

import gc
import importlib
import json
import pickle
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path


def measure(size: int) -> dict[str, int]:
    """Compile W1 at a size under `tracemalloc`."""
    rulesets = importlib.import_module("tests.benchmarks.rulesets")
    known = rulesets.vocabularies()
    documents = rulesets.documents(rulesets.texts(size), known)
    rulesets.book(documents, known)  # whatever is made once, once
    gc.collect()
    tracemalloc.start()
    book = rulesets.book(documents, known)
    gc.collect()
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {"kept": kept, "peak": peak, "pickled": len(pickle.dumps(replace(book, documents={})))}


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    print(json.dumps(measure(int(sys.argv[1]))))
