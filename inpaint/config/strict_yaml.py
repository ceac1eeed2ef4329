"""YAML as settings are written in: no key twice, and every fault one line."""

import yaml

from inpaint.errors import InputError, one_line

# What PyYAML lets through of a value's own, such as a date of month 13.
_OF_VALUES = (ValueError, TypeError, LookupError, AttributeError)


class _Loader(yaml.SafeLoader):
    """yaml.SafeLoader takes the last of two equal keys; this one refuses them."""

    def compose_mapping_node(self, anchor):
        node = super().compose_mapping_node(anchor)
        lines = {}
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in lines:
                    raise yaml.MarkedYAMLError(
                        problem=f"{key.value!r} stands twice, first in line "
                        f"{lines[key.value]}",
                        problem_mark=key.start_mark,
                    )
                lines[key.value] = key.start_mark.line + 1
        return node


def read(text, source):
    """What YAML text holds.

    Args:
      text: str or bytes.
      source: what error messages name.

    Raises:
      InputError: if it is not YAML, or a mapping has a key twice; with the line where
        the parser knows it.

    Example:
      >>> read("batch_size: 8", "inpaint.yml")
      {'batch_size': 8}
    """
    try:
        return yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}: " if mark else ""
        raise InputError(f"{source}: {where}{error.problem}") from None
    except RecursionError:
        raise InputError(f"{source}: is nested too deeply for settings") from None
    # Of the values themselves, such as a date of month 13: more than ValueErrors.
    except (
        yaml.YAMLError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
    ) as error:
        raise InputError(f"{source}: {one_line(error)}") from None
