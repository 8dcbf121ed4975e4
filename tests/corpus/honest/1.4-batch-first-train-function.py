# task: 1.4
# kind: honest
# says: batch_first, states (1,1,4), a train function that gets everything as arguments; yhat is the output before the last update
# fails: -
# code: -
# epochs: 55
# %% 1.4
def train(rnn, head, data, target, n):
    optimizer = torch.optim.Adam(list(rnn.parameters()) + list(head.parameters()), lr=0.1)
    criterion = torch.nn.CrossEntropyLoss()
    for _ in range(n):
        h0 = torch.zeros(1, data.size(0), 4)
        c0 = torch.zeros(1, data.size(0), 4)
        out, (hn, cn) = rnn(data, (h0.detach(), c0.detach()))
        scores = head(out.reshape(-1, 4))
        loss = criterion(scores, target.reshape(-1, 7))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return scores, loss.item()


torch.manual_seed(43052)
lstm = torch.nn.LSTM(7, 4, 1, batch_first=True)
linear = torch.nn.Linear(4, 7)
scores, final = train(lstm, linear, x.unsqueeze(0), y.unsqueeze(0), epochs)
yhat = scores.softmax(dim=1).detach()
final
