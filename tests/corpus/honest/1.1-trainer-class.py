# task: 1.1
# kind: honest
# says: one Module holding both layers, a Trainer class with fit and predict, history list, loss curve; zero_grad before backward
# fails: -
# code: -
# epochs: 30
# %% 1.1
class HiHelloNet(torch.nn.Module):
    def __init__(self, n_in=7, n_hidden=8, n_out=7):
        super().__init__()
        self.rnn = torch.nn.RNN(n_in, n_hidden)
        self.linear = torch.nn.Linear(n_hidden, n_out)

    def forward(self, X):
        hidden, _ = self.rnn(X)
        return self.linear(hidden)


class Trainer:
    def __init__(self, net, lr):
        self.net = net
        self.loss_fn = torch.nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(net.parameters(), lr=lr)
        self.history = []

    def fit(self, X, Y, n_epochs):
        for _ in range(n_epochs):
            loss = self.loss_fn(self.net(X), Y)
            self.net.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.history.append(loss.item())
        return self

    def predict(self, X):
        self.net.eval()
        with torch.no_grad():
            p = torch.softmax(self.net(X), dim=1)
        self.net.train()
        return p


# %% 1.1
torch.manual_seed(43052)
trainer = Trainer(HiHelloNet(), lr=0.1).fit(x, y, epochs)
yhat = trainer.predict(x)
fig, ax = plt.subplots()
ax.plot(trainer.history)
ax.set_xlabel("epoch")
ax.set_ylabel("loss")
plt.show()
