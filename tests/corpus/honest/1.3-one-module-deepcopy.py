# task: 1.3
# kind: honest
# says: one Module with i2h, h2h and h2o that reads the whole sequence; output layer by deepcopy of the untrained Linear
# fails: -
# code: -
# epochs: 20
# %% 1.3
import copy

torch.manual_seed(43052)
fresh_cell = torch.nn.RNNCell(7, 8)
fresh_linear = torch.nn.Linear(8, 7)


class ScratchRNN(torch.nn.Module):
    def __init__(self, cell, linear):
        super().__init__()
        self.i2h = torch.nn.Linear(cell.input_size, cell.hidden_size)
        self.h2h = torch.nn.Linear(cell.hidden_size, cell.hidden_size)
        self.h2o = copy.deepcopy(linear)
        self._take(self.i2h, cell.weight_ih, cell.bias_ih)
        self._take(self.h2h, cell.weight_hh, cell.bias_hh)

    @staticmethod
    @torch.no_grad()
    def _take(layer, w, b):
        layer.weight.copy_(w)
        layer.bias.copy_(b)

    def forward(self, sequence):
        h = sequence.new_zeros(self.h2h.out_features)
        states = []
        for step in self.i2h(sequence):  # input part for all steps at once
            h = torch.tanh(step + self.h2h(h))
            states.append(h)
        return self.h2o(torch.stack(states))


net = ScratchRNN(fresh_cell, fresh_linear)
print(sum(p.numel() for p in net.parameters()))  # 199
# %% 1.3
loss_fn = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
for epoch in range(epochs):
    net_out = net(x)
    loss = loss_fn(net_out, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(net_out, dim=1).detach()
