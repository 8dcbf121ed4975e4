# task: 1.4
# kind: honest
# says: plain "cuda:0" in zeros and layers, hidden states and softmax only drawn side by side, yhat never assigned
# fails: -
# code: -
# epochs: 60
# %% 1.4
soft = torch.nn.Softmax(dim=1)
torch.manual_seed(43052)
lstm = torch.nn.LSTM(7, 4).to("cuda:0")
linr = torch.nn.Linear(4, 7).to("cuda:0")
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(lstm.parameters()) + list(linr.parameters()), lr=0.1)
x1 = x.to("cuda:0")
y1 = y.to("cuda:0")
_water = torch.zeros(1, 4, device=torch.device("cuda:0"))
# %% 1.4
for epoc in range(60):
    hidden, (ht, ct) = lstm(x1, (_water, _water))
    output = linr(hidden)
    loss = loss_fn(output, y1)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
# %% 1.4
combined = torch.concat([hidden, soft(output)], axis=1).data.to("cpu")
plt.matshow(combined[-15:], cmap="bwr", vmin=-1, vmax=1)
plt.xticks(range(11), labels=["h0", "h1", "h2", "h3"] + symbols)
