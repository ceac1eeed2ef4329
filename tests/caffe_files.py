"""A Caffe network as small as can be, its binary written by hand.

Protocol buffers: a field is its number and kind, a length, the content. Numbers are
those of Caffe's caffe.proto: NetParameter has name 1 and layer 100, a layer name 1,
type 2, bottom 3, top 4 and blobs 7, a blob data 5 and shape 7, a shape dim 1.
"""

import numpy as np

MEAN = (104.00698793, 116.66876762, 122.67891434)  # BGR, of HED's training pictures
KERNEL = np.reshape([0.01, 0.02, 0.04], [1, 3, 1, 1])  # B, G, R
BIAS = np.array([-1.0])

_DESCRIPTION = """
name: "stand-in for HED"
input: "data"
input_dim: 1
input_dim: 3
input_dim: 500
input_dim: 500
layer { name: "score" type: "Convolution" bottom: "data" top: "score"
        convolution_param { num_output: 1 pad: 3 kernel_size: 1 } }
"""
_CROP = """
layer { name: "crop" type: "Crop" bottom: "score" bottom: "data" top: "score-cut" }
layer { name: "sigmoid-fuse" type: "Sigmoid" bottom: "score-cut" top: "sigmoid-fuse" }
"""


def write_network(folder, crop=True):
    """Writes a convolution on a picture padded by 3, cut back, and a sigmoid.

    Returns:
      The paths of the description and of the weights.
    """
    prototxt, caffemodel = folder / "hed.prototxt", folder / "hed.caffemodel"
    prototxt.write_text(_DESCRIPTION + (_CROP if crop else ""))
    layer = _text(1, "score") + _text(2, "Convolution") + _text(3, "data")
    layer += _text(4, "score") + _field(7, _blob(KERNEL)) + _field(7, _blob(BIAS))
    caffemodel.write_bytes(_text(1, "stand-in for HED") + _field(100, layer))
    return prototxt, caffemodel


def _blob(array):
    shape = _field(1, b"".join(_varint(size) for size in array.shape))
    return _field(5, array.astype("<f4").tobytes()) + _field(7, shape)


def _text(number, text):
    return _field(number, text.encode())


def _field(number, content):
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number):
    low, rest = number & 127, number >> 7
    return bytes([low | 128]) + _varint(rest) if rest else bytes([low])
