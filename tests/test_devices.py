"""Variables of a training on several devices."""

import pytest
import tensorflow as tf

from inpaint.training import devices

ON_READ = tf.VariableSynchronization.ON_READ


@pytest.mark.parametrize("inner", [False, True])
def test_no_variable_is_each_replicas_own(inner):
    """As Keras 2's batch statistics would be; they would be summed when read."""
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    mean = tf.VariableAggregation.MEAN
    with devices.scope(strategy) if inner else strategy.scope():
        made = tf.Variable(1.0, False, synchronization=ON_READ, aggregation=mean)
    assert (made.synchronization == ON_READ) is not inner
