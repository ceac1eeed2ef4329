"""Writes what was measured: results.csv, results.json, results.md, samples.png."""

import csv
import io
import json
import os
from typing import NamedTuple

from inpaint.evaluation import bootstrap
from inpaint.evaluation.measures import MEASURES
from inpaint.pictures import images

FEW = 20  # pictures, under which intervals are too narrow

_PAPERS = ("l1", "l2", "psnr", "tv")  # columns of the papers' tables, in their order
_PAPERS_DIGITS = {True: 1, False: 2}  # percent, or not


class Setting(NamedTuple):
    """What was measured on; the JSON has all of it."""

    images: str  # list, folder or glob
    masks: str  # kind or folder
    seed: int
    lpips: str  # network, "" without
    paths: list
    survey: tuple  # a `samples.Survey`


def write(folder, setting, results, sheet):
    """Write all files, each whole or not at all.

    Args:
      folder: exists.
      setting: `Setting`.
      results: `measures.Results`.
      sheet: uint8 RGB of the samples, or None.

    Returns:
      paths of the files.

    Raises:
      InputError: if one cannot be written.
    """
    files = {
        "results.csv": _csv(setting, results),
        "results.json": _json(setting, results),
        "results.md": markdown(setting, results),
    }
    for name, text in files.items():
        # surrogateescape: file names may be any bytes.
        content = text.encode("utf-8", "surrogateescape")
        images.write_bytes(os.path.join(folder, name), content)
    if sheet is not None:
        images.write_image(os.path.join(folder, "samples.png"), sheet)
        files["samples.png"] = sheet
    return [os.path.join(folder, name) for name in files]


def papers_table(results):
    """Lines of Markdown: Method | ℓ1 | ℓ2 | PSNR | TV, rounded as in the papers."""
    rows = [
        [method, *(_shown(k, found[k].mean, papers=True) for k in _PAPERS)]
        for method, found in results.means.items()
    ]
    rows.append(["original", "", "", "", _shown("tv", results.tv.mean, papers=True)])
    return _table(["Method", *(MEASURES[k].title for k in _PAPERS)], rows)


def markdown(setting, results):
    """The report as Markdown: the papers' table, the intervals, the definitions."""
    count = len(setting.paths)
    share = sum(setting.survey.hole_shares) / count
    measured = results.measured
    titles = [MEASURES[k].title for k in measured]
    rows = [
        [method, *(_with_interval(k, found[k]) for k in measured)]
        for method, found in results.means.items()
    ]
    if results.fid:
        titles.append("FID")
        for row in rows:
            row.append(f"{results.fid[row[0]]:.2f}")
    lines = [
        "# How well holes are filled",
        "",
        f"{count} picture{'s' * (count != 1)} of {_code(setting.images)}; masks: "
        f"{_code(setting.masks)}, seed {setting.seed}; {100 * share:.1f}% of the "
        "pixels are hole in the mean.",
        "",
        *papers_table(results),
        "",
        "With the 95% interval of the mean (bootstrap over the pictures, "
        f"{bootstrap.RESAMPLES} resamples):",
        "",
        *_table(["Method", *titles], rows),
        "",
        "In percent of the full range, or of its square for ℓ2:",
        "",
        *(f"- {MEASURES[k].title}: {MEASURES[k].definition}." for k in measured),
    ]
    if results.fid:
        lines.append(
            f"- FID: Fréchet distance of {results.features} features, originals to "
            "completed; one number for all pictures, so without an interval."
        )
    notes = []
    if count < FEW:
        notes.append(f"Under {FEW} pictures the intervals come out too narrow.")
    if results.fid and count <= results.features:
        notes.append(
            f"FID over {count} pictures with {results.features} features is biased "
            "upwards: compare it only with others over the same pictures."
        )
    return "\n".join([*lines, *[""] * bool(notes), *notes]) + "\n"


def _csv(setting, results):
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    columns = ["method", "image", "height", "width", "hole_share"]
    writer.writerow([*columns, *results.measured])
    sizes, shares = setting.survey.sizes, setting.survey.hole_shares
    for method, values in results.values.items():
        pictures = zip(setting.paths, sizes, shares, *values.values())
        for path, size, share, *found in pictures:
            writer.writerow([method, path, *size, share, *found])
    return file.getvalue()


def _json(setting, results):
    content = {
        "images": setting.images,
        "count": len(setting.paths),
        "masks": setting.masks,
        "seed": setting.seed,
        "masks_sha256": setting.survey.masks_sha256,
        "lpips": setting.lpips or None,
        "originals": {"tv": results.tv._asdict()},
        "methods": {
            method: {
                **{name: mean._asdict() for name, mean in found.items()},
                **({"fid": results.fid[method]} if results.fid else {}),
            }
            for method, found in results.means.items()
        },
        "pictures": [
            {
                "image": path,
                "height": height,
                "width": width,
                "hole_share": share,
                "methods": {
                    method: {name: found[index] for name, found in values.items()}
                    for method, values in results.values.items()
                },
            }
            for index, (path, (height, width), share) in enumerate(
                zip(setting.paths, setting.survey.sizes, setting.survey.hole_shares)
            )
        ],
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def _shown(name, value, papers=False):
    measure = MEASURES[name]
    digits = _PAPERS_DIGITS[measure.percent] if papers else measure.digits
    return f"{100 * value:.{digits}f}%" if measure.percent else f"{value:.{digits}f}"


def _with_interval(name, found):
    mean, low, high = (_shown(name, value) for value in found)
    return f"{mean} [{low}, {high}]"


def _table(titles, rows):
    rule = ["---", *["---:"] * (len(titles) - 1)]
    return [f"| {' | '.join(map(_cell, row))} |" for row in (titles, rule, *rows)]


def _cell(text):
    return _printable(text).replace("|", "\\|")


def _code(text):
    return f"`{_printable(text)}`"


def _printable(text):
    """Bytes of file names that are no UTF-8 as escapes: the file is UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
