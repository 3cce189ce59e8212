"""The network in PyTorch, for comparison alone: same parameter names, same arithmetic as libs/model.

Shapes: N sentences, S source and T target tokens, E embedding, H hidden, V vocabulary.
"""
import torch
from torch import nn

BOS, EOS, PAD = 1, 2, 3


class Stack(nn.Module):
    """Three LSTM layers over an embedding, each added to what came in and followed by dropout."""

    def __init__(self, vocabulary, embedding, hidden, output, dropout):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.lstm1 = nn.LSTM(embedding, hidden, batch_first=True)
        self.lstm2 = nn.LSTM(hidden, hidden, batch_first=True)
        self.lstm3 = nn.LSTM(hidden, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, output)  # the encoder's is in checkpoints and takes no part
        self.fc_skip = nn.Linear(embedding, hidden)
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens, states):
        """tokens [N, T], states three of (h, c) [1, N, H] or None -> outputs, three of [N, T, H], and final states"""
        x = self.embedding(tokens)
        residual = self.fc_skip(x)
        outputs, finals = [], []
        for lstm, state in zip([self.lstm1, self.lstm2, self.lstm3], states):
            y, final = lstm(x, state)
            x = residual = self.dropout(y + residual)
            outputs.append(x)
            finals.append(final)
        return outputs, finals


class Seq2Seq(nn.Module):
    """top_state: "zero", the decoder's third layer starts from zero as in the notebook; "carried", like the others."""

    def __init__(self, source_vocabulary, target_vocabulary, embedding, hidden, dropout, top_state):
        super().__init__()
        self.encoder = Stack(source_vocabulary, embedding, hidden, hidden, dropout)
        self.decoder = Stack(target_vocabulary, embedding, hidden, target_vocabulary, dropout)
        self.top_state = top_state

    def forward(self, source, decoder_input):
        """source [N, S], decoder_input [N, T] -> logits [N, T, V]"""
        return self.decode(decoder_input, self.encode(source))[0]

    def encode(self, source):
        """source [N, S] -> the decoder's first states, three of (h, c) [1, N, H]"""
        outputs, _ = self.encoder(source, [None, None, None])
        return [self.state_at_end(source, output) for output in outputs]

    def decode(self, tokens, states):
        """tokens [N, T] -> logits [N, T, V] and the states after them"""
        if self.top_state == "zero":
            states = [states[0], states[1], None]
        outputs, finals = self.decoder(tokens, states)
        return self.decoder.fc(outputs[-1]), finals

    @torch.no_grad()
    def greedy(self, ids, max_len=100):
        """As the reference translates: one sentence, a token a call. Up to max_len + 1 ids, with eos where it came."""
        self.eval()
        states, token, out = self.encode(torch.tensor([ids])), BOS, []
        while len(out) <= max_len and token != EOS:
            y, states = self.decode(torch.tensor([[token]]), states)
            token = int(y[0, 0].argmax())
            out.append(token)
        return out

    @torch.no_grad()
    def greedy_batch(self, source, max_len=100):
        """source [N, S] -> the same ids for each sentence, all sentences a token a call, until the last has ended"""
        self.eval()
        states = self.encode(source)
        tokens = torch.full((len(source), 1), BOS)
        ended = torch.zeros(len(source), dtype=torch.bool)
        out = []
        while len(out) <= max_len and not ended.all():
            y, states = self.decode(tokens, states)
            tokens = y[:, -1:].argmax(-1)
            out.append(tokens.squeeze(1).masked_fill(ended, EOS))
            ended |= tokens.squeeze(1) == EOS
        return [row[: row.index(EOS) + 1] if EOS in row else row for row in torch.stack(out, 1).tolist()]

    @staticmethod
    def state_at_end(source, output):
        """h is the layer's output at the end-of-sentence token, c is zero."""
        end = (source == EOS).int().argmax(dim=1)
        h = output[torch.arange(len(source)), end].unsqueeze(0).contiguous()
        return h, torch.zeros_like(h)


def token_loss(logits, target):
    """Sum of the loss over target tokens that are no padding."""
    return nn.functional.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=PAD, reduction="sum")
