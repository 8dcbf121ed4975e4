# task: 1.1
# kind: fault
# says: trained as asked, but the softmax for yhat runs over the 999 rows (dim=0), not over the symbols
# fails: fitted_values
# code: softmax_axis
# epochs: 30
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
linr = torch.nn.Linear(8, 7)
optimizr = torch.optim.Adam(list(rnn.parameters()) + list(linr.parameters()), lr=0.1)
lossfn = torch.nn.CrossEntropyLoss()
soft = torch.nn.Softmax(dim=0)
for epoc in range(epochs):
    hidden, _ = rnn(x, torch.zeros(1, 8))
    output = linr(hidden)
    loss = lossfn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = soft(output).data
# %% 1.1
plt.matshow(yhat[-15:].numpy(), cmap="bwr", vmin=-1, vmax=1)
