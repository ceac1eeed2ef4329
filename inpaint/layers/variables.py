"""What Keras 2.15 and Keras 3 call the same options of `add_weight`.

`KEEPS_DTYPE` is a variable that mixed precision does not cast; `FIRST_REPLICA` one
that all replicas compute alike, of which the first one's is kept; `MEAN_OF_REPLICAS`
one that is the mean of what the replicas assign.
"""

import keras
import tensorflow as tf

if keras.__version__.startswith("2."):
    KEEPS_DTYPE = {"experimental_autocast": False}
    FIRST_REPLICA = {"aggregation": tf.VariableAggregation.ONLY_FIRST_REPLICA}
    MEAN_OF_REPLICAS = {"aggregation": tf.VariableAggregation.MEAN}
else:
    KEEPS_DTYPE = {"autocast": False}
    FIRST_REPLICA = {"aggregation": "only_first_replica"}
    MEAN_OF_REPLICAS = {"aggregation": "mean"}
