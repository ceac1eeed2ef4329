"""The contents of a file of weights, by dotted names."""

from inpaint.checkpoints.tensor_files import Tensor
from inpaint.checkpoints.torch7 import TorchObject
from inpaint.checkpoints.unpickle import Unknown
from inpaint.errors import InputError

CLASS = "__class__"  # last part of the name of a Torch7 object's class
_MOST_NAMES = 50_000
_MOST_ITEMS = 100_000
_LONGEST_NAME = 400
_DEEPEST = 50


def by_name(content, source):
    """Tensors, and numbers and texts, by the path to them: `G.conv1.conv.weight`.

    Args:
      content: what a reader gave: dicts, tuples, lists, objects, tensors.
      source: for messages.

    Returns:
      (tensors, others), two dicts in the file's order.

    Raises:
      InputError: if an object of a class that is not known is among it, or the dicts
        are too many or too deep (a dict may be in itself).
    """
    tensors, others = {}, {}
    items = [("", content, 0)]
    for _ in range(_MOST_ITEMS):
        if not items:
            return tensors, others
        name, item, depth = items.pop()
        if isinstance(item, Tensor):
            tensors[name] = item
        elif isinstance(item, (int, float, str)):
            others[name] = item
        elif isinstance(item, Unknown) and item.state is None:
            raise InputError(
                f"{source}: {name or 'its content'} is of the class {item.name}, which "
                "is not read: expected a state_dict of tensors"
            )
        else:
            inner = _inner(item)
            if depth > _DEEPEST or len(inner) > _MOST_ITEMS:
                break
            joined = [(f"{name}.{k}" if name else k, v) for k, v in inner.items()]
            if any(len(key) > _LONGEST_NAME for key, _ in joined):
                break
            items += [(key, value, depth + 1) for key, value in reversed(joined)]
        if max(len(tensors), len(others), len(items)) > _MOST_NAMES:
            break
    raise InputError(f"{source}: its dicts are too deep, or too many for one network")


def _inner(item):
    if isinstance(item, dict):
        return item
    if isinstance(item, TorchObject):
        fields = item.fields if isinstance(item.fields, dict) else {}
        return {CLASS: item.name, **fields}
    if isinstance(item, Unknown):
        return item.state
    if isinstance(item, (list, tuple)):
        return {str(number): value for number, value in enumerate(item)}
    return {}
