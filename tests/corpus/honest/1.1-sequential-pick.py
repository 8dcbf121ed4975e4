# task: 1.1
# kind: honest
# says: Sequential with a helper module that takes the output out of RNN's tuple; training steps in a comprehension; fitted values under the name yhat2
# fails: -
# code: -
# epochs: 30
# %% 1.1
class First(torch.nn.Module):
    """nn.RNN gives (output, h_n); Sequential wants one thing"""

    def forward(self, pair):
        return pair[0]


torch.manual_seed(43052)
net = torch.nn.Sequential(
    torch.nn.RNN(7, 8),
    First(),
    torch.nn.Linear(8, 7),
)
ce = torch.nn.CrossEntropyLoss()
adam = torch.optim.Adam(net.parameters(), lr=0.1)


def one_epoch():
    adam.zero_grad()
    L = ce(net(x), y)
    L.backward()
    adam.step()
    return float(L)


losses = [one_epoch() for _ in range(epochs)]
print(losses[0], "->", losses[-1])
# %% 1.1
yhat2 = net(x).softmax(-1).detach()
plt.matshow(yhat2[-15:])
