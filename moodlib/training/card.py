"""The emotion network's model card, written from the figures of its run."""

from __future__ import annotations

import json
from pathlib import Path
from string import Template
from typing import Any, Final

from moodlib.emotions import NAMES
from moodlib.training.config import MINI_XCEPTION
from moodlib.training.curves import CURVES

_CARD: Final = Template("""\
# Model card: emotion network

Written by the commands below from the files in `models/runs/$run/`; do not edit.

    $command
    python -m moodlib evaluate serving --data FILE --record
    python -m moodlib evaluate robustness --data FILE --record

## What it is
A residual network of $parameters M parameters with squeeze-and-excitation and two heads, trained from random weights
on FER-2013 images alone. Input: a grey face of 48 x 48 pixels. Output: probabilities of seven *perceived* expressions
(angry, disgust, fear, happy, sad, surprise, neutral). It ships as `emotion.keras` ($keras_mb MB) and, for
serving, as `emotion.tflite` ($tflite_mb MB, $weights weights); the two differ by at most $difference in a probability.

One head learned FER-2013's single label per face, the other the votes of FER+'s ten taggers. The app shows a pool of
the two: $weight of the FER-2013 head's logits and the rest of the FER+ head's (without contempt), at temperature
$temperature$calibration. All was fitted on $fitted_on training faces that the network did not learn from, and
that share no picture with those that it did, for the least cross-entropy against the mean of FER-2013's label and
FER+'s votes; the weight among those whose answers agree with both about equally often.
$check
## Data and licence
$data. FER-2013 (Goodfellow et al. 2013, arXiv 1307.0414) was gathered from web image search for a
competition; the rights in the pictures stay with their owners, no licence for them is known, and none is in this
repository. Whoever trains gets them from Kaggle under Kaggle's terms, and decides whether their own use of the weights
is covered. FER+ votes: Barsoum et al. 2016 (arXiv 1608.01041), MIT licence. $made; the whole
configuration is in `models/runs/$run/config.json`.
$curves

## How good it is (PublicTest, $n faces, one crop, the LiteRT file)
| | FER-2013 label | FER+ majority |
|---|---|---|
| the label set's own head | $own_fer | $own_plus |
| served distribution | $served_fer | $served_plus |
$unseen
PublicTest was used to watch the training and to choose: it is a validation set, not a test set. Exact duplicates have
the same pixels; near ones correlate by 0.95 or more with a training picture, or with its mirror image, at 24 x 24
pixels. People agree with FER-2013's labels on 65 ± 5 % of the faces (Goodfellow et al. 2013).

Expected calibration error of the served distribution: $ece against FER-2013's labels, $ece_plus against FER+'s votes.

Served distribution against FER-2013's labels, with 95 % intervals:

| emotion | precision | recall | F1 | faces |
|---|---|---|---|---|
$classes

$choices
$rooms
## Known failures
- $worst
- Most often confused: $confused.
- Weak expressions: onlookers do not agree on them, and neither does the network; see above.
- It looks at one still face: no movement, no voice, no situation. A resting face may be read as sad or angry, talking
  as surprise, a grimace against the sun as anger.
- Faces from the side, below 48 pixels or half covered are read worse (above); full profiles were not measured.

## What the answer means, and what not
The labels say what onlookers thought a face expressed. They do not say what the person felt: people smile when they
are sad and frown when they read. Most pictures are posed or chosen to illustrate an emotion.

**Not tested** by age, gender, skin tone, disability, facial difference or culture: the data has no such labels. Web
pictures over-represent some groups, so that it may well be worse for others. Children, veils, masks, heavy make-up,
facial palsy and drawn faces were not looked at by themselves.

**It must not be used** to judge, select, monitor, grade or diagnose anybody, to detect lies, danger or intent, at work,
in schools, at borders or by the police, nor for any decision about a person, nor on people who have not agreed. It
chooses music for somebody who asked for it.
""")


def _percent(share: float | None) -> str:
    return "no votes given" if share is None else f"{share:.1%}"


def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def _interval(interval: list[float] | None) -> str:
    return "" if interval is None else f" ({interval[0]:.2f}–{interval[1]:.2f})"


def _classes(per_class: dict[str, Any]) -> str:
    rows = []
    for name in NAMES:
        row, around = per_class[name], per_class[name]["intervals"]
        shares = (f"{row[key]:.2f}{_interval(around[key])}" for key in ("precision", "recall", "f1"))
        rows.append(f"| {name} | {' | '.join(shares)} | {row['support']} |")
    return "\n".join(rows)


def _unseen(figures: dict[str, Any]) -> str:
    rows = ""
    for key, words in (
        ("without_duplicates", "picture is also a training picture"),
        ("without_near_duplicates", "picture is nearly a training picture"),
    ):
        part = figures[key]
        if part is not None:
            shares = (part["served"][name] for name in ("fer2013_accuracy", "ferplus_majority_accuracy"))
            fer, plus = (_percent(share) for share in shares)
            rows += f"| served, without the {part['shared']} faces whose {words} | {fer} | {plus} |\n"
    return rows


def _check(figures: dict[str, Any] | None) -> str:
    if not figures:
        return ""
    called = dict(figures["called_face"])
    face = called.pop("face")
    none = ", ".join(f"{name} {share:.0%}" for name, share in called.items())
    count = f"{figures['measured_on']['face']:,}"
    return f"""
One more output says whether the picture is a face at all: a logistic regression on the network's pooled features,
fitted on faces that it learned from, as a detector hands them over, and on pictures made of them and of drawn clutter.
The detector asks it about what the cascades find. On {count} held-aside faces and what was made of them: area
under the ROC curve {figures["auc"]:.3f}; called a face above one half: faces {face:.0%}; {none}.
"""


def _choices(serving: dict[str, Any]) -> str:
    if not serving:
        return "How other ways to make one answer of two heads compare has not been measured for this run yet.\n"
    rows = []
    for choice in serving["choices"]:
        weak, errors, plus = choice["weak"] or {}, choice["calibration"], choice["ferplus"] or {}
        cells = (
            f"{choice['weight']:.2f}{' (served)' if choice['weight'] == serving['chosen']['weight'] else ''}",
            _percent(choice["fer2013"]["accuracy"]),
            _percent(plus.get("accuracy")),
            _percent(weak.get("fer2013_accuracy")),
            _percent(weak.get("emotion_called_neutral")),
            " / ".join(f"{part['ece']:.3f}" for part in errors.values() if part),
        )
        rows.append(f"| {' | '.join(cells)} |")
    table = "\n".join(rows)
    return f"""Why this pool: the same faces by every share of the FER-2013 head. Weak expressions are those where at
most {serving["weak_share"]:.0%} of the votes agree; the last columns are calibration errors against labels / votes.

| share | FER-2013 label | FER+ majority | weak: FER-2013 label | weak: emotion called neutral | calibration error |
|---|---|---|---|---|---|
{table}
"""


def _calibration(serving: dict[str, Any]) -> str:
    """What is done beyond the temperature."""
    bias = serving.get("bias")
    if bias is None:
        return ""
    moved = ", ".join(f"{name} {value:+.2f}" for name, value in bias.items())
    return (
        f", with a bias for each emotion ({moved}) and {serving['smoothing']:.2f} of an even distribution taken back, "
        "since training shows labels that are never quite sure"
    )


def _made(config: dict[str, Any]) -> str:
    """How long it was trained, and from where."""
    names = [f"`{name}`" for name in config["start"].split("+") if name]
    weights = f"the {'mean of the ' if len(names) > 1 else ''}weights of {' and '.join(names)}"
    if config["epochs"] == 0:
        anew = ", the heads fitted once more on what the trunk sees" if config.get("refit") else ""
        return weights[0].upper() + weights[1:] + anew
    return f"{config['epochs']} epochs, seed {config['seed']}{f', from {weights}' if names else ''}"


def _rooms(ours: dict[str, Any], baseline: dict[str, Any], epochs: int | None) -> str:
    if not ours:
        return ""
    theirs = {(row["condition"], row["strength"]): row for row in baseline.get("rows", [])}

    def cell(row: dict[str, Any], other: dict[str, Any] | None) -> str:
        mine = f"{row['served_fer2013']['accuracy']:.1%}"
        return mine if other is None else f"{mine} / {other['served_fer2013']['accuracy']:.1%}"

    conditions = list(dict.fromkeys(row["condition"] for row in ours["rows"]))
    lines = []
    for condition in conditions:
        rows = [row for row in ours["rows"] if row["condition"] == condition]
        cells = (f"{cell(row, theirs.get((condition, row['strength'])))} ({row['setting']})" for row in rows)
        lines.append(f"| {condition} | {' | '.join(cells)} |")
    beside = f" / the baseline, a mini_XCEPTION-like network trained for {epochs} epochs" if theirs else ""
    clean = cell({**ours["clean"]}, baseline["clean"] if theirs else None)
    table = "\n".join(lines)
    return f"""## In real rooms
Right by FER-2013's labels on {ours["n"]:,} faces of PublicTest, as served{beside}; on the faces as they are {clean}.

| condition | light | middle | heavy |
|---|---|---|---|
{table}
"""


def _confused(confusion: list[list[int]]) -> str:
    shares = [
        (confusion[i][j] / max(1, sum(confusion[i])), true, said)
        for i, true in enumerate(NAMES)
        for j, said in enumerate(NAMES)
        if i != j
    ]
    return ", ".join(f"{true} taken for {said} ({share:.0%})" for share, true, said in sorted(shares, reverse=True)[:4])


def _baseline(runs: Path) -> tuple[dict[str, Any], int | None]:
    """The robustness of the baseline beside this run, and how long that was trained."""
    for folder in sorted(runs.iterdir(), reverse=True) if runs.is_dir() else ():
        fit = _read(folder / "config.json").get("fit", {})
        found = _read(folder / "robustness.json")
        if isinstance(fit, dict) and fit.get("architecture") == MINI_XCEPTION and found:
            return found, int(fit["epochs"])
    return {}, None


def write_card(path: Path, models: Path, folder: Path) -> None:
    """Write the card of a run.

    Args:
        path: Where the card goes.
        models: The folder of the model files.
        folder: The run's folder; `metrics.json` and `config.json` are needed, `serving.json` and `robustness.json` add
            their parts where they are.
    """
    run, figures, config = folder.name, _read(folder / "metrics.json"), _read(folder / "config.json")["fit"]
    served = figures["served"]
    worst = sorted(NAMES, key=lambda name: figures["per_class"][name]["recall"])[:3]
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
        calibration=_calibration(figures["serving"]),
        fitted_on=f"{figures['serving']['fitted_on']:,}",
        check=_check(figures.get("face_check")),
        data=figures["data"].removesuffix(", PublicTest"),
        made=_made(config),
        curves=f"\n![Accuracy and loss by epoch](runs/{run}/{CURVES})" if (folder / CURVES).exists() else "",
        n=f"{figures['n']:,}",
        own_fer=_percent(figures["fer2013_accuracy"]),
        own_plus=_percent(figures["ferplus_majority_accuracy"]),
        served_fer=_percent(served["fer2013_accuracy"]),
        served_plus=_percent(served["ferplus_majority_accuracy"]),
        unseen=_unseen(figures),
        ece=f"{served['ece']:.3f}",
        ece_plus="not known" if served["ece_ferplus"] is None else f"{served['ece_ferplus']:.3f}",
        classes=_classes(figures["per_class"]),
        choices=_choices(_read(folder / "serving.json")),
        rooms=_rooms(_read(folder / "robustness.json"), *_baseline(models / "runs")),
        worst="Recognised worst: "
        + ", ".join(f"{name} (recall {figures['per_class'][name]['recall']:.2f})" for name in worst)
        + ".",
        confused=_confused(figures["confusion"]),
    )
    path.write_text(text, encoding="utf-8")
