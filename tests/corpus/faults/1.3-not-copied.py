# task: 1.3
# kind: fault
# says: the own cell starts from its own random values; nothing is copied
# fails: fitted_values, same_fit_as
# code: initial_values
# epochs: 25
# %% 1.3
class RNN_mine(torch.nn.Module):
    def __init__(self, input_size, hidden_size):
        super(RNN_mine, self).__init__()
        self.input_to_hidden = torch.nn.Linear(input_size, hidden_size)
        self.hidden_to_hidden = torch.nn.Linear(hidden_size, hidden_size)

    def forward(self, current, previous):
        total = self.input_to_hidden(current) + self.hidden_to_hidden(previous)
        return torch.tanh(total)


torch.manual_seed(43052)
mine = RNN_mine(7, 8)
last = torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*mine.parameters(), *last.parameters()], lr=0.1)
cel = torch.nn.CrossEntropyLoss()
for ep in range(epochs):
    state = torch.zeros(8)
    collected = []
    for current in x:
        state = mine(current, state)
        collected.append(last(state))
    logits = torch.stack(collected)
    optimizer.zero_grad()
    cel(logits, y).backward()
    optimizer.step()
yhat = logits.softmax(dim=-1).detach()
