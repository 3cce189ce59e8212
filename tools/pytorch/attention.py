"""A small network with attention in PyTorch, for comparison alone: the sizes and the arithmetic of libs/model's.

Shapes: N sentences, S source and T target tokens, E embedding, H hidden, V vocabulary.
"""
import torch
from torch import nn

from seq2seq import PAD


class AttentionSeq2Seq(nn.Module):
    """One LSTM layer that reads both ways, one that writes, and global attention (Luong et al. 2015, "general")."""

    def __init__(self, source_vocabulary, target_vocabulary, embedding, hidden, dropout):
        super().__init__()
        self.source_embedding = nn.Embedding(source_vocabulary, embedding)
        self.target_embedding = nn.Embedding(target_vocabulary, embedding)
        self.encoder = nn.LSTM(embedding, hidden // 2, batch_first=True, bidirectional=True)
        self.decoder = nn.LSTM(embedding, hidden, batch_first=True)
        self.score = nn.Linear(hidden, hidden, bias=False)
        self.combine = nn.Linear(2 * hidden, hidden, bias=False)
        self.fc = nn.Linear(hidden, target_vocabulary)
        self.dropout = nn.Dropout(dropout)

    def forward(self, source, decoder_input):
        """source [N, S], decoder_input [N, T] -> logits [N, T, V]"""
        outputs, (ends, _) = self.encoder(self.source_embedding(source))
        memory = self.dropout(outputs)
        h0 = torch.cat([ends[0], ends[1]], 1).unsqueeze(0)
        states, _ = self.decoder(self.target_embedding(decoder_input), (h0, torch.zeros_like(h0)))
        states = self.dropout(states)
        scores = self.score(states) @ memory.transpose(1, 2)
        shares = scores.masked_fill((source == PAD).unsqueeze(1), -1e9).softmax(-1)
        combined = torch.tanh(self.combine(torch.cat([shares @ memory, states], -1)))
        return self.fc(combined)
