"""What version 1's inpaint.yml means: its keys are upper case.

Names are given in lower case, as `Config` has them. What version 1 sets by itself, and
its defaults, are in `inpaint/models/settings/deepfill_v1.py`.
"""

MODEL = "deepfill_v1"  # of a file in upper case

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
