"""The two updates of DeepFill by themselves, for tests."""

from inpaint.training import steps


def adam_of(model):
    """The model's one Adam, built."""
    optimizers, _ = steps.build_optimizers(model)
    return optimizers["adam"]


def update_of(model, name):
    """The update of a name in the model's first phase."""
    return next(x for x in model.phases()[0].updates if x.name == name)


def critic_update(model, optimizer, batch, clip=None):
    return steps.apply(update_of(model, "critic"), optimizer, batch, clip)


def generator_update(model, optimizer, batch, clip=None):
    return steps.apply(update_of(model, "generator"), optimizer, batch, clip)
