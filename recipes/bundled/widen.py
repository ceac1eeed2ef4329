"""Makes weights of a wider network from trained ones: it begins where they ended.

    python recipes/bundled/widen.py logs/9 logs/start40 logs/wide
    python train.py ... --set base_filters=40 --init_from logs/wide

The first folder holds the trained weights, the second those of the wider network, such
as `copying_start.py` makes. Features that the trained network has keep its weights and
do not see the new ones, which come from the wider network: it paints what the trained
one does, and a training learns what the new features are good for (after Chen,
Goodfellow and Shlens, "Net2Net", ICLR 2016, arXiv 1511.05641).
"""

import argparse
from pathlib import Path

import numpy as np

from inpaint import checkpoints
from inpaint.errors import InputError
from inpaint.layers import GatedConv2D

# New features that the attention compares begin faint, so that what it finds similar
# stays nearly as it was.
COMPARED, FAINT = "inpaint_net/pmconv6", 0.02


def kept(narrow, wide, parts):
    """Where the narrow network's channels are among the wide one's.

    `parts` is the number of groups that begin anew: features and gates, or branches.
    """
    if narrow == wide:
        return np.arange(wide)
    starts = np.arange(parts)[:, None] * (wide // parts)
    return (starts + np.arange(narrow // parts)).ravel()


def widen(trained, wider):
    """Sets the generator `wider` to paint what `trained` paints.

    Raises:
      InputError: it is not a wider network of the same kind, or its layers have no
        gates.
    """
    if not isinstance(trained.decoder.layers[0], GatedConv2D):
        raise InputError(f"{trained.name}: expected a network with gated layers")
    sources, targets = trained.variables_by_name(), wider.variables_by_name()
    kinds = {(type(generator), generator.guided) for generator in (trained, wider)}
    if len(kinds) > 1 or wider.base_filters <= trained.base_filters:
        raise InputError(
            f"{wider.name}, base_filters {wider.base_filters}: expected a wider "
            f"network of the same kind as {trained.name}, base_filters "
            f"{trained.base_filters}"
        )
    meeting = f"{trained.scope}/{trained.decoder.layers[0].name}/kernel"  # of branches
    for name, target in targets.items():
        source, new = sources[name].numpy(), target.numpy()
        columns = kept(source.shape[-1], new.shape[-1], parts=2)
        if name.startswith(COMPARED):
            features = new.shape[-1] // 2
            new[..., :features] *= FAINT
        if source.ndim == 1:
            new[columns] = source
        else:
            parts = 2 if name == meeting else 1
            rows = kept(source.shape[2], new.shape[2], parts)
            new[..., columns] = 0
            new[:, :, rows[:, None], columns] = source
        target.assign(new)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trained", help="folder or prefix of a checkpoint")
    parser.add_argument("wider", help="likewise, of a wider network")
    parser.add_argument("folder", type=Path, help="of the checkpoint to write")
    arguments = parser.parse_args()
    try:
        trained = checkpoints.load_generator(arguments.trained)
        wider = checkpoints.load_generator(arguments.wider)
        widen(trained, wider)
    except InputError as error:
        raise SystemExit(f"widen: error: {error}") from None
    checkpoints.save_original(wider, arguments.folder)
    print(f"base_filters {wider.base_filters} in {arguments.folder}")


if __name__ == "__main__":
    main()
