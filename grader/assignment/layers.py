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
