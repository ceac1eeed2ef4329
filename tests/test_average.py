"""The moving average of the generator's weights: by hand, resumed, and who takes it."""

import shutil

import numpy as np
import pytest
from training_runs import QUICK, assert_same, make_pictures, make_trainer, snapshot

from inpaint import Inpainter, checkpoints, config

SHORT = {**QUICK, "random_seed": 7, "train_spe": 1, "max_to_keep": 9, "val_psteps": 1}
VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return str(make_pictures(tmp_path_factory.mktemp("data") / "pictures"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory, pictures):
    """Four steps with an average; the start, what was said, its folder."""
    from eager import eagerly

    log_dir, lines = tmp_path_factory.mktemp("trained") / "log", []
    changes = {**SHORT, "ema": 0.2, "max_iters": 4, "learning_rate": 1e-2}
    trainer = make_trainer(log_dir, pictures, pictures, lines, **changes)
    start = {k: v.numpy() for k, v in trainer.model.variables_by_name().items()}
    seen = []
    validate = trainer.review.validation.run

    def run(step):
        named = trainer.model.generator.variables_by_name()
        seen.append({name: v.numpy() for name, v in named.items()})
        return validate(step)

    trainer.review.validation.run = run
    with eagerly():
        trainer.run()
    config.save(trainer.config, f"{log_dir}/config.yml")
    return trainer, start, log_dir, seen


def of(values, scope):
    """A snapshot's values of weights/ or ema/, by name."""
    return {
        key[len(scope) : -len(VALUE)].replace(".S", "/").replace("..", "."): value
        for key, value in values.items()
        if key.startswith(scope)
    }


def test_the_average_by_hand(trained):
    """d is 1/10, 2/11, then 0.2: (1 + 2)/(10 + 2) is more."""
    trainer, start, log_dir, _ = trained
    names = {id(v): n for n, v in trainer.model.variables_by_name().items()}
    trained_names = [names[id(v)] for v in trainer.model.generator.trainable_variables]
    for step, decay in ((1, 1 / 10), (2, 2 / 11), (3, 0.2), (4, 0.2)):
        saved = snapshot(log_dir, step)
        before = start if step == 1 else of(snapshot(log_dir, step - 1), "ema/")
        weights, averages = of(saved, "weights/"), of(saved, "ema/")
        assert sorted(averages) == sorted(trained_names)
        for name, average in averages.items():
            expected = decay * before[name] + (1 - decay) * weights[name]
            np.testing.assert_allclose(average, expected, rtol=1e-5, atol=1e-7)
    moved = [np.abs(averages[n] - weights[n]).max() for n in averages]
    assert max(moved) > 1e-3


def test_a_folder_gives_the_averages_and_batch_statistics_as_they_are(trained):
    trainer, _, log_dir, _ = trained
    saved = snapshot(log_dir, 4)
    expected = {**of(saved, "weights/"), **of(saved, "ema/")}
    found = Inpainter.load(log_dir).generator.variables_by_name()
    assert any("moving_mean" in name for name in found)
    for name, variable in found.items():
        np.testing.assert_array_equal(variable.numpy(), expected[name], err_msg=name)
    stored = checkpoints.open_stored(f"{log_dir}/snap-4")
    assert sorted(stored.shapes) == sorted(trainer.model.variables_by_name())


def test_validation_is_of_the_averages_and_changes_nothing(trained):
    trainer, _, log_dir, seen = trained
    averages = of(snapshot(log_dir, 4), "ema/")
    assert len(seen) == 4
    for name, value in averages.items():
        np.testing.assert_array_equal(seen[-1][name], value)
    weights = of(snapshot(log_dir, 4), "weights/")
    for name, variable in trainer.model.variables_by_name().items():
        np.testing.assert_array_equal(variable.numpy(), weights[name])


def test_a_fine_tune_starts_from_the_averages(trained, pictures, tmp_path):
    _, _, log_dir, _ = trained
    again = make_trainer(tmp_path, pictures, **SHORT)
    again.initialise(str(log_dir))
    averages = of(snapshot(log_dir, 4), "ema/")
    named = again.model.generator.variables_by_name()
    for name, value in averages.items():
        np.testing.assert_array_equal(named[name].numpy(), value)


def cut_back(log_dir, folder, step):
    """A copy of a training's folder as it was after a step."""
    shutil.copytree(log_dir, folder)
    for path in folder.glob("snap-*"):
        if not path.name.startswith(f"snap-{step}."):
            path.unlink()
    (folder / "checkpoint").write_text(f'model_checkpoint_path: "snap-{step}"\n')
    return folder


@pytest.mark.usefixtures("eager")
def test_a_resumed_training_goes_on_with_its_averages(trained, pictures, tmp_path):
    _, _, log_dir, _ = trained
    folder = cut_back(log_dir, tmp_path / "log", 2)
    changes = {**SHORT, "ema": 0.2, "max_iters": 4, "learning_rate": 1e-2}
    again = make_trainer(folder, pictures, **changes)
    again.resume()
    again.run()
    assert_same(snapshot(log_dir, 4), snapshot(folder, 4))


@pytest.mark.usefixtures("eager")
def test_averages_end_and_begin_where_a_resumed_training_says_so(
    trained, pictures, tmp_path
):
    _, _, log_dir, _ = trained
    folder, lines = cut_back(log_dir, tmp_path / "log", 2), []
    without = make_trainer(folder, pictures, lines=lines, **SHORT, max_iters=3)
    without.resume()
    assert lines[1] == f"ema: 0: the averages of {folder}/snap-2 end with it"
    without.run()
    assert not of(snapshot(folder, 3), "ema/")

    lines.clear()
    changes = {**SHORT, "ema": 0.5, "max_iters": 4}
    again = make_trainer(folder, pictures, lines=lines, **changes)
    again.resume()
    assert lines[1] == (
        f"ema: {folder}/snap-3 has no averages: they begin with its weights"
    )
    again.run()
    before, after = of(snapshot(folder, 3), "weights/"), snapshot(folder, 4)
    for name, average in of(after, "ema/").items():
        # (1 + 3) / (10 + 3) is less than 0.5.
        expected = 4 / 13 * before[name] + 9 / 13 * of(after, "weights/")[name]
        np.testing.assert_allclose(average, expected, rtol=1e-5, atol=1e-7)
