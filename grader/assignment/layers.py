"""The layers of torch.nn that a rule can name, known without importing torch."""

LAYERS_WITH_PARAMETERS = tuple(
    """Linear Bilinear Embedding EmbeddingBag
    Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d
    RNN LSTM GRU RNNCell LSTMCell GRUCell RNNBase RNNCellBase
    BatchNorm1d BatchNorm2d BatchNorm3d SyncBatchNorm InstanceNorm1d InstanceNorm2d InstanceNorm3d
    GroupNorm LayerNorm RMSNorm
    MultiheadAttention PReLU ParameterList ParameterDict""".split()
)
"""Those that hold parameters themselves. A rule about another one, such as `Sequential` or `ReLU`, would be
judged by what it owns, which is nothing; lazy ones become the others as soon as they are called."""

LAYERS_OF_KERAS = tuple(
    """Dense EinsumDense SimpleRNN SimpleRNNCell Bidirectional
    Conv1DTranspose Conv2DTranspose Conv3DTranspose
    DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D ConvLSTM1D ConvLSTM2D ConvLSTM3D
    BatchNormalization LayerNormalization GroupNormalization MultiHeadAttention""".split()
)
"""Layers of Keras' with parameters that torch has none of that name for. Embedding, LSTM, GRU and cells have
the same names in both, and torch's Conv2d stands for Keras' Conv2D."""
