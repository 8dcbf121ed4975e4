# task: 1.1
# kind: fault
# says: 16 hidden nodes in the place of 8
# fails: parameter_count, fitted_values
# code: hidden_size
# epochs: 30
# %% 1.1
HIDDEN = 16  # more is better?
torch.manual_seed(43052)
encoder = torch.nn.RNN(x.shape[1], HIDDEN)
decoder = torch.nn.Linear(HIDDEN, y.shape[1])
ps = list(encoder.parameters())
ps.extend(decoder.parameters())
adam = torch.optim.Adam(ps, lr=0.1)
ce = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    enc, _ = encoder(x)
    dec = decoder(enc)
    adam.zero_grad()
    ce(dec, y).backward()
    adam.step()
yhat = torch.softmax(decoder(encoder(x)[0]), 1).detach()
