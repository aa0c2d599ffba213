from __future__ import annotations

import json
import subprocess
import sys

from moodlib.paths import ROOT

_ASK = """
import json, sys
from moodlib import lean
with lean.without_scikit_learn():
    from moodlib.music.ranker import Ranker
ranker = Ranker.load()
without = "sklearn" not in sys.modules
import sklearn
print(json.dumps([without, sklearn.__name__]))
"""


def test_the_ranker_loads_without_scikit_learn_which_can_be_imported_afterwards():
    done = subprocess.run([sys.executable, "-c", _ASK], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [True, "sklearn"]
