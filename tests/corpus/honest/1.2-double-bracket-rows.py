# task: 1.2
# kind: honest
# says: x[[t]] with state (1,8), loss averaged over len(x), fitted values recomputed after the last update
# fails: -
# code: -
# epochs: 20
# %% 1.2
torch.manual_seed(43052)
rnncell = torch.nn.RNNCell(7, 8)
linr = torch.nn.Linear(8, 7)
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(rnncell.parameters()) + list(linr.parameters()), lr=0.1)
T = len(x)
for epoc in range(20):
    hidden = []
    loss = 0
    ht = torch.zeros(1, 8)
    for t in range(T):
        xt, yt = x[[t]], y[[t]]
        ht = rnncell(xt, ht)
        ot = linr(ht)
        loss = loss + loss_fn(ot, yt)
    loss = loss / T
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
# %% 1.2
hidden = torch.zeros(T, 8)
_water = torch.zeros(1, 8)
hidden[[0]] = rnncell(x[[0]], _water)
for t in range(1, T):
    hidden[[t]] = rnncell(x[[t]], hidden[[t - 1]])
yhat = torch.nn.Softmax(dim=1)(linr(hidden)).data
plt.matshow(yhat[-15:], cmap="bwr", vmin=-1, vmax=1)
