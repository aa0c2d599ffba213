"""The emotion network's model card, written from the figures of its run."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Any, Final

from moodlib.emotions import NAMES

_CARD: Final = Template("""\
# Model card: emotion network

Written by the command below from `models/runs/$run/metrics.json`; do not edit.

    $command

## What it is
A residual network of $parameters M parameters with squeeze-and-excitation and two heads, trained from random weights
on FER-2013 images alone. Input: a grey face of 48 x 48 pixels. Output: probabilities of seven *perceived* expressions
(angry, disgust, fear, happy, sad, surprise, neutral). It ships as `emotion.keras` ($keras_mb MB) and, for
serving, as `emotion.tflite` ($tflite_mb MB, $weights weights); the two differ by at most $difference in a probability.

One head learned FER-2013's single label per face, the other the votes of FER+'s ten taggers. The app shows a pool of
the two: $weight of the FER-2013 head's logits and the rest of the FER+ head's (without contempt), at temperature
$temperature. Both were chosen on $fitted_on training faces that the network did not learn from: the weight for the
least cross-entropy against the mean of FER-2013's label and FER+'s votes, the temperature against FER-2013's labels.

## Data and licence
$data. FER-2013 (Goodfellow et al. 2013, arXiv 1307.0414) was gathered from web image search and released for
research; the rights in the pictures stay with their owners, and none is in this repository. FER+ votes: Barsoum et al.
2016 (arXiv 1608.01041), MIT licence. $epochs epochs, seed $seed$start; the whole configuration is in
`models/runs/$run/config.json`.

## How good it is (PublicTest, $n faces, one crop, the LiteRT file)
| | FER-2013 label | FER+ majority |
|---|---|---|
| the label set's own head | $own_fer | $own_plus |
| served distribution | $served_fer | $served_plus |
| served, without the $shared faces whose picture is also a training picture | $unseen_fer | $unseen_plus |

Expected calibration error of the served distribution: $ece against FER-2013's labels, $ece_plus against FER+'s votes.
PublicTest was used to watch the training; it is a validation set, not a test set. People agree with FER-2013's labels
on 65 ± 5 % of the faces (Goodfellow et al. 2013).

| emotion | precision | recall | F1 | faces |
|---|---|---|---|---|
$classes

## What the answer means, and what not
The labels say what onlookers thought a face expressed. They do not say what the person felt: people smile when they
are sad and frown when they read. Fear, disgust and sadness are often taken for one another; disgust is rare in the
data. A resting face may be read as sad or angry.

It was not tested by age, gender, skin tone, disability or culture; web pictures over-represent some groups and posed
expressions. It must not be used to judge, select, monitor or diagnose anybody, nor for any decision about a person. It
chooses music for somebody who asked for it.
""")


def _percent(share: float | None) -> str:
    return "no votes given" if share is None else f"{share:.1%}"


def write_card(path: Path, run: str, config: dict[str, Any], figures: dict[str, Any]) -> None:
    """Write the card of a run.

    Args:
        path: Where the card goes.
        run: The run's name.
        config: `FitConfig.as_json()`.
        figures: What `export.export` measured.
    """
    served, unseen = figures["served"], figures["without_duplicates"]
    rows = [
        f"| {name} | {c['precision']:.2f} | {c['recall']:.2f} | {c['f1']:.2f} | {c['support']} |"
        for name in NAMES
        for c in [figures["per_class"][name]]
    ]
    text = _CARD.substitute(
        run=run,
        command=figures["command"],
        parameters=f"{figures['parameters'] / 1e6:.2f}",
        keras_mb=f"{figures['bytes']['emotion.keras'] / 1e6:.1f}",
        tflite_mb=f"{figures['bytes']['emotion.tflite'] / 1e6:.1f}",
        weights=figures["litert_weights"],
        difference=f"{figures['keras_litert_difference']:.0e}",
        weight=f"{figures['serving']['weight']:.2f}",
        temperature=f"{figures['serving']['temperature']:.2f}",
        fitted_on=f"{figures['serving']['fitted_on']:,}",
        data=figures["data"].removesuffix(", PublicTest"),
        epochs=config["epochs"],
        start=f", from the weights of the run `{config['start']}`" if config["start"] else "",
        seed=config["seed"],
        n=f"{figures['n']:,}",
        own_fer=_percent(figures["fer2013_accuracy"]),
        own_plus=_percent(figures["ferplus_majority_accuracy"]),
        served_fer=_percent(served["fer2013_accuracy"]),
        served_plus=_percent(served["ferplus_majority_accuracy"]),
        shared=unseen["shared"],
        unseen_fer=_percent(unseen["served"]["fer2013_accuracy"]),
        unseen_plus=_percent(unseen["served"]["ferplus_majority_accuracy"]),
        ece=f"{served['ece']:.3f}",
        ece_plus="not known" if served["ece_ferplus"] is None else f"{served['ece_ferplus']:.3f}",
        classes="\n".join(rows),
    )
    path.write_text(text, encoding="utf-8")
