"""Partial convolutions' variables by the names of a PyTorch port's published weights.

(naoto0804/pytorch-inpainting-with-partial-conv.) Kernels lie `[out, in, h, w]` there
and become ours by `transpose(2, 3, 1, 0)`. Its layer lacks the number of a window's
values: its kernels are ours times that number.
"""


def generator_variables(generator):
    """The variables of a `PartialConvGenerator` by the port's names."""
    found = {}
    for kind in ("enc", "dec"):
        layers = generator.encoder if kind == "enc" else generator.decoder
        norms = generator.encoder_norms if kind == "enc" else generator.decoder_norms
        for layer in layers:
            name = f"{kind}_{layer.name[3:]}.conv.input_conv"
            found[f"{name}.weight"] = layer.kernel
            if layer.bias is not None:
                found[f"{name}.bias"] = layer.bias
        for norm in norms:
            name = f"{kind}_{norm.name[3:].split('_')[0]}.bn"
            found[f"{name}.weight"] = norm.gamma
            found[f"{name}.bias"] = norm.beta
            found[f"{name}.running_mean"] = norm.moving_mean
            found[f"{name}.running_var"] = norm.moving_variance
    return found
