import numpy as np
import pytest
import tensorflow as tf

from inpaint.graphs import FirstEagerly


def scaled(weight):
    """x → (weight·x, {"sum": Σx}, None), and how it was called."""
    eagerly = []

    def function(x):
        eagerly.append(tf.executing_eagerly())
        return weight * x, {"sum": tf.reduce_sum(x)}, None

    return FirstEagerly(function, [tf.TensorSpec([None], tf.float32)]), eagerly


def test_the_first_call_is_eager_and_later_ones_share_a_graph():
    function, eagerly = scaled(tf.Variable(3.0))
    for x in ([1.0, 2.0], [4.0], [5.0, 6.0, 7.0]):
        product, more, nothing = function(np.array(x, np.float32))
        np.testing.assert_array_equal(product, 3 * np.array(x))
        assert float(more["sum"]) == sum(x)
        assert nothing is None
    assert eagerly == [True, False]


def test_a_graph_made_at_once_is_what_the_first_call_uses():
    function, eagerly = scaled(tf.Variable(3.0))
    function.trace()
    assert float(function([2.0])[0][0]) == 6
    assert eagerly == [False]


def test_never_eagerly_makes_the_first_call_a_graph():
    function, eagerly = scaled(tf.Variable(3.0))
    function.never_eagerly()
    assert float(function([2.0])[0][0]) == 6
    assert eagerly == [False]


@pytest.mark.parametrize("called_before", [False, True])
def test_never_eagerly_holds_for_levels_of_16_bits(called_before):
    eagerly = []

    def twice(x):
        eagerly.append(tf.executing_eagerly())
        return x + x

    function = FirstEagerly(twice, [tf.TensorSpec([None], tf.uint8)])
    if called_before:
        function(np.array([1], np.uint16))
    function.never_eagerly()
    assert function(np.array([500], np.uint16)).numpy() == [1000]
    assert eagerly == [True] * called_before + [False]


def test_a_graph_reads_the_weights_of_the_call():
    weight = tf.Variable(3.0)
    function, _ = scaled(weight)
    function.trace()
    assert float(function([2.0])[0][0]) == 6
    weight.assign(5.0)
    assert float(function([2.0])[0][0]) == 10


def test_arguments_of_another_type_are_refused():
    function, _ = scaled(tf.Variable(3.0))
    function.trace()
    with pytest.raises((TypeError, ValueError, tf.errors.InvalidArgumentError)):
        function(np.array(["a"]))


@pytest.mark.usefixtures("eager")
def test_no_graph_where_tensorflow_is_told_to_make_none():
    function, eagerly = scaled(tf.Variable(3.0))
    function.trace()
    for _ in range(2):
        assert float(function([2.0])[0][0]) == 6
    assert eagerly == [True, True]
    assert function.graph.experimental_get_tracing_count() == 0


def test_a_large_picture_is_worth_a_graph_at_once(monkeypatch):
    monkeypatch.setattr("inpaint.graphs.GRAPH_PIXELS", 63)
    eagerly = []

    def function(x):
        eagerly.append(tf.executing_eagerly())
        return 2 * x

    for side, eager in ((7, True), (8, False)):
        doubled = FirstEagerly(function, [tf.TensorSpec([None] * 4, tf.float32)])
        doubled(np.ones([1, side, side, 3], np.float32))
        assert eagerly.pop() is eager
