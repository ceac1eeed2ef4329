"""LaMa's variables by the authors' names (PyTorch), to compare and to convert.

`generator.model.5.conv1.ffc.convl2l.weight` of their checkpoints is `model.5.conv1…`
here. Kernels lie `[out, in, h, w]` there, transposed ones `[in, out, h, w]`: both
become ours by `transpose(2, 3, 1, 0)`; vectors are alike.
"""


def generator_variables(generator):
    """The variables of a `LaMaGenerator` by the authors' names."""
    found = {}
    number = 0
    for unit in generator.encoder:
        number += 1
        found.update(_below(f"model.{number}", unit_variables(unit)))
    for block in generator.blocks:
        number += 1
        found.update(_below(f"model.{number}", block_variables(block)))
    number += 2  # after a layer that joins local and global features
    for unit in generator.decoder[:-1]:
        found.update(_affine(f"model.{number}", unit))
        found.update(norm_variables(f"model.{number + 1}", unit.norm))
        number += 3  # a ReLU among them
    found.update(_affine(f"model.{number + 1}", generator.decoder[-1]))
    return found


def discriminator_variables(discriminator):
    """The variables of a `LaMaDiscriminator` by the authors' names."""
    found = {}
    for number, convolution in enumerate(discriminator.convolutions):
        found.update(_affine(f"model{number}.0", convolution))
    for number, norm in enumerate(discriminator.norms, start=1):
        found.update(norm_variables(f"model{number}.1", norm))
    return found


def block_variables(block):
    """The variables of an `FFCBlock`."""
    return {
        **_below("conv1", unit_variables(block.first)),
        **_below("conv2", unit_variables(block.second)),
    }


def unit_variables(unit):
    """The variables of an `FFCUnit`."""
    convolution = unit.convolution
    found = {"ffc.convl2l.weight": convolution.local_to_local}
    if convolution.local_to_global is not None:
        found["ffc.convl2g.weight"] = convolution.local_to_global
    if convolution.global_to_local is not None:
        found["ffc.convg2l.weight"] = convolution.global_to_local
        found.update(_below("ffc.convg2g", spectral_variables(convolution.spectral)))
    found.update(norm_variables("bn_l", unit.local_norm))
    if unit.global_norm is not None:
        found.update(norm_variables("bn_g", unit.global_norm))
    return found


def spectral_variables(transform):
    """The variables of a `SpectralTransform`."""
    return {
        "conv1.0.weight": transform.reduce.kernel,
        **norm_variables("conv1.1", transform.norm),
        **_below("fu", fourier_variables(transform.fourier_unit)),
        "conv2.weight": transform.expand.kernel,
    }


def fourier_variables(unit):
    """The variables of a `FourierUnit`."""
    return {
        "conv_layer.weight": unit.convolution.kernel,
        **norm_variables("bn", unit.norm),
    }


def norm_variables(name, norm):
    """The variables of a `BatchNorm`, by PyTorch's names of them."""
    return {
        f"{name}.weight": norm.gamma,
        f"{name}.bias": norm.beta,
        f"{name}.running_mean": norm.moving_mean,
        f"{name}.running_var": norm.moving_variance,
    }


def _affine(name, layer):
    return {f"{name}.weight": layer.kernel, f"{name}.bias": layer.bias}


def _below(name, variables):
    return {f"{name}.{key}": variable for key, variable in variables.items()}
