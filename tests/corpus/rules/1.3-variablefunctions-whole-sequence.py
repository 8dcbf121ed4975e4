# task: 1.3
# kind: rule
# says: torch._C._VariableFunctions.rnn_tanh, the function below torch.nn.RNN, on the whole sequence
# fails: avoids_layers
# code: wrong_layer
# epochs: 25
# %% 1.3
VF = torch._C._VariableFunctions


class FastRNN(torch.nn.Module):
    def __init__(self, proto, head):
        super().__init__()
        self.i2h, self.h2h, self.head = torch.nn.Linear(7, 8), torch.nn.Linear(8, 8), torch.nn.Linear(8, 7)
        with torch.no_grad():
            for p, q in zip(
                [self.i2h.weight, self.h2h.weight, self.i2h.bias, self.h2h.bias],
                [proto.weight_ih, proto.weight_hh, proto.bias_ih, proto.bias_hh],
            ):
                p.copy_(q)
            self.head.weight.copy_(head.weight)
            self.head.bias.copy_(head.bias)

    def forward(self, X):
        w = [self.i2h.weight, self.h2h.weight, self.i2h.bias, self.h2h.bias]
        # input, h0, weights, has_biases, num_layers, dropout, train, bidirectional, batch_first
        hs, _ = VF.rnn_tanh(X[:, None], torch.zeros(1, 1, 8), w, True, 1, 0.0, True, False, False)
        return self.head(hs[:, 0])


torch.manual_seed(43052)
net = FastRNN(torch.nn.RNNCell(7, 8), torch.nn.Linear(8, 7))
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
ce = torch.nn.CrossEntropyLoss()
for i in range(epochs):
    out = net(x)
    loss = ce(out, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(net(x), dim=1).detach()
