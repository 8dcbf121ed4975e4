# task: 1.3
# kind: rule
# says: RNNCell comes in under the name Tanh8 by a string and an import, and is trained within an own class
# fails: avoids_layers
# code: wrong_layer
# epochs: 20
# %% 1.3
import importlib

Tanh8 = getattr(importlib.import_module("torch.nn.modules.rnn"), "RNN" + "Cell")


class Recurrent(torch.nn.Module):
    """own recurrent network"""

    def __init__(self, hidden=8):
        super().__init__()
        self.hidden = hidden
        self.step = Tanh8(7, hidden)
        self.head = torch.nn.Linear(hidden, 7)

    def forward(self, inputs):
        state, logits = torch.zeros(self.hidden), []
        for row in inputs:
            state = self.step(row, state)
            logits.append(self.head(state))
        return torch.stack(logits)


torch.manual_seed(43052)
model = Recurrent()
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
criterion = torch.nn.CrossEntropyLoss()
for _ in range(epochs):
    logits = model(x)
    loss = criterion(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
with torch.no_grad():
    yhat = model(x).softmax(1)
