# task: 1.3
# kind: honest
# says: the student's own class is called RNNCell and builds torch's one inside __init__ only to take its values, then drops it
# fails: -
# code: -
# epochs: 20
# %% 1.3
from torch import nn


class RNNCell(nn.Module):
    """내가 만든 RNNCell (torch.nn.RNNCell 아님)"""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        init = nn.RNNCell(input_size, hidden_size)
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)
        self.initial = [p.detach().clone() for p in init.parameters()]
        del init

    def start(self):
        w_ih, w_hh, b_ih, b_hh = self.initial
        self.i2h.weight.data, self.h2h.weight.data = w_ih, w_hh
        self.i2h.bias.data, self.h2h.bias.data = b_ih, b_hh
        return self

    def forward(self, input, hidden):
        return torch.tanh(self.i2h(input) + self.h2h(hidden))


torch.manual_seed(43052)
_ = nn.RNNCell(7, 8)
fc = nn.Linear(8, 7)  # second in the stream, as in 1.2
torch.manual_seed(43052)
rnncell = RNNCell(7, 8).start()  # first in the stream
optimizer = torch.optim.Adam(list(rnncell.parameters()) + list(fc.parameters()), lr=0.1)
criterion = nn.CrossEntropyLoss()
for epoch in range(epochs):
    hidden = torch.zeros(1, 8)
    outputs = []
    for xt in x.view(999, 1, 7):
        hidden = rnncell(xt, hidden)
        outputs.append(fc(hidden))
    outputs = torch.cat(outputs)
    loss = criterion(outputs, y.argmax(dim=1))
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = nn.Softmax(dim=1)(outputs).data
