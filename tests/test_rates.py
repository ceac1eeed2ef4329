"""Learning rates that change: what settings say, what each step is computed with."""

import numpy as np
import pytest
from training_runs import QUICK, assert_same, make_pictures, make_trainer, snapshot

from inpaint import config
from inpaint.errors import InputError
from inpaint.models.rates import rate_at
from inpaint.training.log import Log

WARM = ((0, 0.0, "linear"), (10, 1e-3, "cosine"), (30, 1e-4), (40, 5e-5))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return str(make_pictures(tmp_path_factory.mktemp("data") / "pictures"))


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (0, 0.0),
        (1, 1e-4),
        (9, 9e-4),
        (10, 1e-3),
        # A quarter of the way, (1 − cos 45°) / 2 = 0.146447 of −9·10⁻⁴.
        (15, 1e-3 - 9e-4 * 0.146447),
        (20, 5.5e-4),
        (30, 1e-4),
        (39, 1e-4),
        (40, 5e-5),
        (10**9, 5e-5),
    ],
)
def test_a_rate_at_a_step(step, expected):
    assert rate_at(WARM, step) == pytest.approx(expected, rel=1e-5)
    assert rate_at(2e-4, step) == 2e-4


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4),
        ("[[0, 1e-4], [4000, 3e-5]]", ((0, 1e-4), (4000, 3e-5))),
        ("[[0, 0, linear], [9, 1]]", ((0, 0.0, "linear"), (9, 1.0))),
    ],
)
def test_a_schedule_is_read_and_written(tmp_path, text, value):
    found = config.override(config.Config(), [f"learning_rate={text}"])
    assert found.learning_rate == value
    config.save(found, tmp_path / "a.yml")
    assert config.load(tmp_path / "a.yml") == found


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "[1e-4]",
        "[[0, 1e-4], [0, 1e-5]]",
        "[[5, 1e-4]]",
        "[[0, 1e-4], [9, -1]]",
        "[[0, 1e-4], [9, 1e-5, cosine]]",
        "[[0, 1e-4, stairs], [9, 1e-5]]",
        "[[0.5, 1e-4]]",
        "{0: 1e-4}",
        "soon",
    ],
)
def test_what_is_no_schedule_is_refused_in_one_line(text):
    said = r"learning_rate must be a number of at least 0, or a schedule: \[\[0, RATE"
    with pytest.raises(InputError, match=said) as caught:
        config.override(config.Config(), [f"learning_rate={text}"])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("model", "key"),
    [
        ("context_encoder", "discriminator_learning_rate"),
        ("lama", "critic_learning_rate"),
        ("partial_conv", "fine_tuning_rate"),
    ],
)
def test_a_models_other_rates_take_one_too(model, key):
    settings = {"model": model, key: [[0, 1e-3], [5, 1e-4]]}
    assert getattr(config.from_dict(settings, "a test"), key) == ((0, 1e-3), (5, 1e-4))


def moved(log_dir, step):
    """How far a step moved the kernels of the generator, at most."""
    before, after = (snapshot(log_dir, n) for n in (step - 1, step))
    names = [k for k in before if k.startswith("weights/") and "kernel" in k]
    assert names
    return max(np.abs(after[k] - before[k]).max() for k in names)


@pytest.mark.usefixtures("eager")
def test_phases_count_the_trainings_steps_and_a_resumed_one_goes_on(tmp_path, pictures):
    """Adam's step is about the rate: 0, then 10⁻³; in the second phase 10⁻⁴, then 0."""
    changes = {
        **QUICK,
        "learning_rate": [[0, 0], [1, 1e-3]],
        "first_steps": 3,
        "fine_tuning_rate": [[0, 1], [3, 1e-4], [4, 0]],
        "train_spe": 1,
        "max_to_keep": 9,
        "max_iters": 5,
        "random_seed": 7,
    }
    whole = make_trainer(tmp_path / "whole", pictures, **changes)
    start = [v.numpy() for v in whole.model.variables_by_name().values()]
    whole.run()
    assert moved(tmp_path / "whole", 2) == pytest.approx(1e-3, rel=0.02)
    assert moved(tmp_path / "whole", 4) == pytest.approx(1e-4, rel=0.02)
    assert moved(tmp_path / "whole", 5) == 0

    begun = make_trainer(tmp_path / "log", pictures, **{**changes, "max_iters": 2})
    for variable, value in zip(begun.model.variables_by_name().values(), start):
        variable.assign(value)
    begun.run()
    again = make_trainer(tmp_path / "log", pictures, **changes)
    again.resume()
    again.run()
    assert_same(snapshot(tmp_path / "whole", 5), snapshot(tmp_path / "log", 5))


def test_a_line_of_the_log_names_a_rate_that_changes():
    lines = []
    log = Log(300, lines.append, None)
    log.step(7, {"losses/g_loss": 0.5}, 2.0, {"learning_rate": 3e-5})
    assert lines == ["step 7 of 300: g_loss 0.5, learning_rate 3e-05; 2 images/s"]
