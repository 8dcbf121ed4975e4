# task: 1.1
# kind: fault
# says: learning rate 0.01 in the place of 0.1, in a network written as one class
# fails: fitted_values, predicts_next
# code: learning_rate
# epochs: 20
# %% 1.1
class CharRNN(torch.nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = torch.nn.RNN(n_in, n_hidden)
        self.fc = torch.nn.Linear(n_hidden, n_in)

    def forward(self, seq):
        out, _ = self.rnn(seq)
        return self.fc(out)


torch.manual_seed(43052)
model = CharRNN(7, 8)
criterion = torch.nn.CrossEntropyLoss()
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
losses = []
for e in range(epochs):
    opt.zero_grad()
    pred = model(x)
    loss = criterion(pred, y)
    loss.backward()
    opt.step()
    losses.append(loss.item())

with torch.no_grad():
    yhat = model(x).softmax(-1)
# %% 1.1
plt.plot(losses)
