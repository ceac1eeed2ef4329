"""Bootstrap, classical methods, the grid and the tables of an evaluation."""

import csv
import io
import json

import numpy as np
import pytest
from commands import box, levels, read_picture, write_picture

from inpaint.errors import InputError
from inpaint.evaluation import bootstrap, classical, measures, report
from inpaint.evaluation.grid import Grid
from inpaint.evaluation.samples import Sample, Samples, check_sizes, survey
from inpaint.masks import sources


def test_interval_of_equal_values_is_a_point():
    assert bootstrap.mean([3.0, 3.0, 3.0]) == (3, 3, 3)
    assert bootstrap.mean([5.0]) == (5, 5, 5)


def test_interval_is_the_normal_one_where_pictures_are_many():
    # 400 values of mean 0.5 and standard deviation 0.5: ± 1.96 · 0.5 / √400
    mean, low, high = bootstrap.mean([0.0, 1.0] * 200)
    assert mean == 0.5
    assert (low, high) == pytest.approx((0.5 - 0.049, 0.5 + 0.049), abs=0.005)


def test_interval_repeats():
    values = np.random.RandomState(0).rand(30)
    assert bootstrap.mean(values) == bootstrap.mean(list(values))


@pytest.mark.parametrize("method", classical.METHODS)
def test_classical_methods_go_on_a_ramp(method):
    """Columns of levels 0, 6, 12 …: in a hole of 4 columns, a slope stays a slope."""
    image = np.broadcast_to(np.arange(40)[:, np.newaxis] * 6, (40, 40, 3))
    image = np.ascontiguousarray(image, np.uint8)
    mask = np.zeros((40, 40), bool)
    mask[:, 18:22] = True
    filled = classical.fill(method, image, mask)
    np.testing.assert_array_equal(filled[~mask], image[~mask])
    assert np.abs(filled[mask].astype(int) - image[mask]).max() <= 14


@pytest.mark.parametrize("method", classical.METHODS)
@pytest.mark.parametrize("size", [(1, 2), (2, 6), (9, 7)])
def test_classical_methods_do_not_see_the_hole(method, size):
    image, mask = levels(*size) | 1, np.eye(*size, dtype=bool)
    other = np.where(mask[..., np.newaxis], np.uint8(77), image)
    filled = classical.fill(method, image, mask)
    np.testing.assert_array_equal(filled, classical.fill(method, other, mask))
    with pytest.raises(InputError, match=f"the whole picture: {method} needs"):
        classical.fill(method, image, np.ones(size, bool))


SAMPLE = Sample("a.png", levels(), box())


def test_measures_of_a_picture():
    # a hole of 12 × 18 of 37 × 43 pixels, 51 levels off
    darker = SAMPLE.image.copy()
    image = np.full_like(darker, 100)
    completed = np.where(SAMPLE.mask[..., None], np.uint8(151), image)
    found = measures.of_picture(SAMPLE._replace(image=image), completed, lambda *_: 7.0)
    share = 12 * 18 / (37 * 43)
    assert list(found) == list(measures.MEASURES)
    assert found["hole_l1"] == pytest.approx(0.2)
    assert found["hole_l2"] == pytest.approx(0.04)
    assert found["l1"] == pytest.approx(0.2 * share)
    assert found["l2"] == pytest.approx(0.04 * share)
    assert found["psnr"] == pytest.approx(-10 * np.log10(0.04 * share))
    assert found["tv"] == pytest.approx(0.2 * (2 * 18 / (36 * 43) + 2 * 12 / (37 * 42)))
    assert found["lpips"] == 7
    assert "lpips" not in measures.of_picture(SAMPLE, completed)


def constant(level):
    return lambda sample: np.where(
        sample.mask[..., None], np.uint8(level), sample.image
    )


def results(features=None):
    """Two pictures whose holes are 51 and 102 levels off by "first", right by "b|c"."""
    samples = [SAMPLE._replace(path=name) for name in ("a.png", "b,1.png")]
    samples = [
        sample._replace(image=np.full_like(sample.image, level))
        for sample, level in zip(samples, (100, 49))
    ]
    methods = {"first": constant(151), "b|c": lambda sample: sample.image}
    found = measures.measure(samples, methods, features=features)
    setting = report.Setting(
        images="some",
        masks="center",
        seed=4,
        lpips="",
        paths=[sample.path for sample in samples],
        survey=survey(samples),
    )
    return setting, found


def test_all_methods_see_the_same_and_means_are_over_the_pictures():
    _, found = results()
    assert found.values["first"]["hole_l1"] == pytest.approx([0.2, 0.4])
    assert found.means["first"]["hole_l1"].mean == pytest.approx(0.3)
    assert found.means["first"]["hole_l1"][1:] == pytest.approx((0.2, 0.4))
    assert found.means["b|c"]["hole_l1"] == (0, 0, 0)
    assert found.tv == (0, 0, 0)
    assert (found.fid, found.features) == ({}, 0)


def test_fid_is_from_the_originals():
    # features 100, 49 against 151, 151: means 74.5, 151, variances 1300.5, 0
    _, found = results(lambda image: image[15, 15, :1])
    assert found.fid["first"] == pytest.approx(76.5**2 + 1300.5)
    assert found.fid["b|c"] == pytest.approx(0, abs=1e-9)
    assert found.features == 1


def test_markdown():
    setting, found = results()
    lines = report.markdown(setting, found).splitlines()
    share = 100 * 12 * 18 / (37 * 43)  # 13.576
    assert lines[2] == (
        "2 pictures of `some`; masks: `center`, seed 4; 13.6% of the pixels are hole "
        "in the mean."
    )
    assert lines[4] == "| Method | ℓ1 | ℓ2 | PSNR | TV |"
    l1 = f"{share * 0.3:.1f}%"
    psnr = -10 * np.log10(share / 100) - 5 * np.log10(0.04 * 0.16)
    assert lines[6].startswith(f"| first | {l1} | 1.4% | {psnr:.2f} | ")
    assert lines[7] == "| b\\|c | 0.0% | 0.0% | 100.00 | 0.0% |"
    assert lines[8] == "| original |  |  |  | 0.0% |"
    assert "| 30.00% [20.00%, 40.00%] |" in lines[14]
    assert lines[-1] == "Under 20 pictures the intervals come out too narrow."
    assert "FID" not in "".join(lines)


def test_markdown_warns_of_fid_over_few_pictures():
    setting, found = results(lambda image: np.arange(3.0) * image[15, 15, 0])
    text = report.markdown(setting, found)
    assert "| sharpness | FID |" in text
    assert "FID over 2 pictures with 3 features is biased upwards" in text


def test_csv_and_json_agree_in_full_precision(tmp_path):
    setting, found = results()
    names = ["results.csv", "results.json", "results.md"]
    written = report.write(str(tmp_path), setting, found, None)
    assert written == [str(tmp_path / name) for name in names]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    text = (tmp_path / "results.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    stored = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert [(row["method"], row["image"]) for row in rows] == [
        ("first", "a.png"),
        ("first", "b,1.png"),
        ("b|c", "a.png"),
        ("b|c", "b,1.png"),
    ]
    for place, row in enumerate(rows[:2]):
        picture = stored["pictures"][place]
        assert picture["image"] == row["image"]
        assert (int(row["height"]), int(row["width"])) == (37, 43)
        values = picture["methods"]["first"]
        assert values == {name: float(row[name]) for name in values}
        assert values["psnr"] == found.values["first"]["psnr"][place]
    assert stored["methods"]["first"]["hole_l1"]["mean"] == pytest.approx(0.3)
    assert stored["masks_sha256"] == setting.survey.masks_sha256
    assert (stored["count"], stored["seed"], stored["lpips"]) == (2, 4, None)


def test_names_that_are_no_utf_8(tmp_path):
    setting, found = results()
    name = b"\xff.png".decode("utf-8", "surrogateescape")
    setting = setting._replace(images=name, paths=[name, "b.png"])
    report.write(str(tmp_path), setting, found, None)
    assert b",\xff.png" not in (tmp_path / "results.md").read_bytes()
    assert b"first,\xff.png," in (tmp_path / "results.csv").read_bytes()
    json.loads((tmp_path / "results.json").read_text())


def test_survey(tmp_path):
    paths = [str(write_picture(tmp_path / "a.png"))]
    paths.append(str(write_picture(tmp_path / "b.png", levels(20, 30))))
    samples = Samples(paths, sources.find("center", paths, 0))
    found = survey(samples)
    assert found.sizes == [(37, 43), (20, 30)]
    assert found.hole_shares == pytest.approx([18 * 21 / (37 * 43), 0.25])
    assert found.masks_sha256 == survey(samples).masks_sha256
    check_sizes(samples, found.sizes, 20, "it")
    expected = r"b\.png: 30 × 20 pixels: it needs 21 on each side"
    with pytest.raises(InputError, match=expected):
        check_sizes(samples, found.sizes, 21, "it")


def test_alpha_is_left_out(tmp_path):
    image = np.dstack([levels(), np.full((37, 43), 9, np.uint8)])
    paths = [str(write_picture(tmp_path / "a.png", image))]
    (sample,) = Samples(paths, sources.find("center", paths, 0))
    np.testing.assert_array_equal(sample.image, levels())


def test_grid_shows_samples_evenly_spread():
    grid = Grid(count=7, rows=3)
    for place in range(7):
        image = np.full((20 + place, 100, 3), 10 * place, np.uint8)
        mask = np.zeros(image.shape[:2], bool)
        mask[5:9, 5:9] = True
        sample = Sample(f"{place}.png", image, mask)
        grid.add(place, sample, {"telea": image, "a long name of a model": image + 1})
    sheet = grid.sheet()
    # 4 columns of 100 and 5 gaps; a heading, rows 0, 2, 4 of 20, 22, 24 and 3 gaps
    assert sheet.shape == (28 + 66 + 24, 440, 3)
    tops = (28, 28 + 28, 28 + 28 + 30)
    for top, level in zip(tops, (0, 20, 40)):
        row = sheet[top]
        assert [int(row[8 + 108 * column, 0]) for column in range(4)] == [
            level,
            level,
            level,
            level + 1,
        ]
        assert (sheet[top + 5, 8 + 108 + 5] == 255).all()
    for column in range(4):
        assert sheet[:28, 8 + 108 * column : 108 + 108 * column].min() < 100


def test_grid_shrinks_large_pictures_and_widens_small_ones():
    grid = Grid(count=2, rows=5)
    for place, size in enumerate([(512, 1024), (4, 3)]):
        image = np.full((*size, 3), 60, np.uint8)
        grid.add(place, Sample("", image, np.zeros(size, bool)), {})
    sheet = grid.sheet()
    assert sheet.shape == (28 + 128 + 8 + 4 + 8, 2 * (256 + 8) + 8, 3)
    assert (sheet[28:156, 8:264] == 60).all()


def test_grid_without_rows():
    assert Grid(count=3, rows=0).sheet() is None


def test_sheet_is_written(tmp_path):
    setting, found = results()
    sheet = np.full((4, 5, 3), 7, np.uint8)
    written = report.write(str(tmp_path), setting, found, sheet)
    np.testing.assert_array_equal(read_picture(written[-1]), sheet)
