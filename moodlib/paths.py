"""Where the repository keeps its models and data."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
MODELS: Final = ROOT / "models"
DATA: Final = ROOT / "data"
RUNS: Final = MODELS / "runs"
CATALOGUE: Final = DATA / "catalogue.parquet"
MANIFEST: Final = MODELS / "manifest.json"
EMOTION_KERAS: Final = MODELS / "emotion.keras"
EMOTION_TFLITE: Final = MODELS / "emotion.tflite"
RANKER: Final = MODELS / "ranker.ubj"
