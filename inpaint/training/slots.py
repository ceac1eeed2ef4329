"""What an optimizer keeps of each variable, by name, whatever Keras it is.

Keras calls the slots after the variable, Keras 2 before its name (`m/kernel`), Keras 3
behind its path (`dense_kernel_momentum`), and makes them in the variables' order.
"""

# Keras 2's names of what Keras 3 calls otherwise.
_LABELS = {"m": "momentum", "v": "velocity"}


def slots(optimizer, variables):
    """The slots of a built optimizer.

    Args:
      optimizer: a Keras optimizer.
      variables: those that it was built for, in order.

    Returns:
      dict of variables by (index in `variables`, label), such as (0, "momentum").
    """
    found, counts = {}, {}
    for slot in optimizer.variables:
        label = _label(slot, variables, counts)
        if label is None:  # the step count, the learning rate
            continue
        index = counts.get(label, 0)
        counts[label] = index + 1
        found[index, _LABELS.get(label, label)] = slot
    incomplete = {label for label, count in counts.items() if count != len(variables)}
    if incomplete:
        raise ValueError(
            f"{type(optimizer).__name__}: cannot tell whose {', '.join(incomplete)} is"
        )
    return found


def _label(slot, variables, counts):
    """`momentum` of a slot whose turn it is, None of what belongs to no variable."""
    if hasattr(slot, "path"):  # Keras 3
        return _label_of_path(slot, variables, counts)
    label, _, of = slot.name.partition("/")
    known = counts.get(label, 0) < len(variables)
    turn = variables[counts.get(label, 0)] if known else None
    return label if turn is not None and of == turn.name else None


def _label_of_path(slot, variables, counts):
    name = slot.path.split("/")[-1]
    for label in sorted(counts, key=len, reverse=True):
        index = counts[label]
        if index < len(variables) and name == f"{_flat(variables[index])}_{label}":
            return label
    first = f"{_flat(variables[0])}_"
    return name[len(first) :] if name.startswith(first) else None


def _flat(variable):
    return variable.path.replace("/", "_")
