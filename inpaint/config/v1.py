"""What version 1's inpaint.yml means: its keys are upper case, some defaults differ.

Names are given in lower case, as `Config` has them. Keys that only version 1 knows
are fields of `Config`, with version 1's defaults.
"""

MODEL = "deepfill_v1"  # of a file in upper case
MODELS = (MODEL, "deepfill_v1_baseline")

# Where the two versions share a key, or where version 1 is another network.
DEFAULTS = {
    "base_filters": 32,
    "gan": "wgan_gp",
    "gan_loss_alpha": 0.001,
    "gan_with_mask": False,
    "l1_loss_alpha": 1.2,
    "adam_beta2": 0.9,
    "brush_strokes": False,
    "train_spe": 10000,
    "max_iters": 1000000,
    "val_psteps": 1000,
}

# Its own files hold num_gpus_per_job too, as a note for a scheduler: NUM_GPUS counts.
RENAMED = {"num_gpus": "num_gpus_per_job"}

# The release reads these and does nothing with them, whatever their value.
NO_EFFECT = frozenset(
    {
        "gpu_id",
        "load_vgg_model",
        "vgg_model_file",
        "feature_loss",
        "feature_loss_alpha",
        "grams_loss",
        "grams_loss_alpha",
        "tv_loss",
        "tv_loss_alpha",
    }
)
