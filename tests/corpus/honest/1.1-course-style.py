# task: 1.1
# kind: honest
# says: course style with plain "cuda:0" strings, state (1,8), yhat never assigned and only drawn; the network is the one asked for
# fails: -
# code: -
# epochs: 30
# %% 1.1
# (1) RNN
x = x.to("cuda:0")
y = y.to("cuda:0")
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8).to("cuda:0")
linr = torch.nn.Linear(8, 7).to("cuda:0")
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(rnn.parameters()) + list(linr.parameters()), lr=0.1)
_water = torch.zeros(1, 8).to("cuda:0")
for epoc in range(30):
    ## 1
    hidden, hT = rnn(x, _water)
    output = linr(hidden)
    ## 2
    loss = loss_fn(output, y)
    ## 3
    loss.backward()
    ## 4
    optimizr.step()
    optimizr.zero_grad()
# %% 1.1
soft = torch.nn.Softmax(dim=1)
plt.matshow(soft(output).data[-15:].to("cpu"), cmap="bwr", vmin=-1, vmax=1)
plt.xticks(range(7), labels=symbols)
