"""Settings that come with the package, and YAML that is not what it seems."""

import os
import subprocess
from pathlib import Path

import pytest
from package_files import package_data

from inpaint import config
from inpaint.config import presets
from inpaint.errors import InputError

ROOT = Path(__file__).resolve().parent.parent


def refusal(path):
    with pytest.raises(InputError) as caught:
        config.load(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "spelling", ["deepfill_v1", "deepfill_v1.yml", "configs/deepfill_v1.yml"]
)
def test_a_preset_is_found_by_name_and_by_its_former_place(here, spelling):
    read = config.load(spelling)
    assert (read.model, read.train_spe) == ("deepfill_v1", 10000)
    assert "wgan_gp_lambda" in config.keys_in(spelling)


def test_a_file_goes_before_a_preset(here):
    Path("small").write_text("batch_size: 3")
    assert config.load("small").batch_size == 3
    assert config.keys_in("small") == {"batch_size"}


def test_a_name_of_neither_is_refused(here):
    assert refusal("larger") == "larger: No such file or directory"
    assert refusal("configs/larger.yml").startswith("configs/larger.yml: No such")


def test_every_preset_holds_valid_settings():
    assert {"bundled", "deepfill_v1", "lama", "partial_conv"} < set(presets.names())
    for name in presets.names():
        config.load(name)


def test_the_presets_are_package_data():
    found = {presets.find(name) for name in presets.names()}
    assert found <= package_data()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("batch_size: 4\nval: true\nbatch_size: 16", "line 3: 'batch_size' stands"),
        ("data_flist:\n  a: [x, y]\n  a: [x, z]", "line 3: 'a' stands twice, first"),
        ("[" * 5000, "is nested too deeply for settings"),
        ("num_cpus_per_job: 1000000000", "num_cpus_per_job must be a whole number"),
        (f"batch_size: 0x{'f' * 9999}", "batch_size must be a whole number of at"),
        ("img_shapes: [80000000, 8, 3]", "img_shapes must be [height, width, 3]"),
        ("batch_size: !!timestamp x", "'NoneType' object has no attribute"),
    ],
)
def test_hostile_yaml_is_refused_in_one_line(tmp_path, text, complaint):
    path = tmp_path / "settings.yml"
    path.write_text(text)
    assert refusal(path).startswith(f"{path}: {complaint}")


def test_aliases_do_not_blow_a_message_up(tmp_path):
    """Ten levels of ten aliases: ten thousand million words written out."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    path = tmp_path / "settings.yml"
    path.write_text("- {" + ", ".join(lines) + "}\n")
    assert len(refusal(path)) < 2000
    path.write_text("{" + ", ".join([*lines[:-1], "batch_size: *a8"]) + "}")
    assert len(refusal(path)) < 2000


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no checkout")
@pytest.mark.parametrize("name", [".venv", ".venv-addons"])
def test_git_ignores_an_environment_that_is_a_link(tmp_path, name):
    git = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tmp_path)}
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, env=git, check=True)
    (tmp_path / ".gitignore").write_bytes((ROOT / ".gitignore").read_bytes())
    (tmp_path / name).symlink_to(tmp_path)
    listed = ["git", "status", "--porcelain"]
    done = subprocess.run(listed, cwd=tmp_path, env=git, capture_output=True, text=True)
    assert done.stdout.split() == ["??", ".gitignore"]
