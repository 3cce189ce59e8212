"""Marian's Transformer as Hugging Face has it, from the settings of ours."""
import torch
from transformers import MarianConfig, MarianMTModel

# Ids here: <unk>, bos, eos, padding, and then the pieces; Marian's vocabulary begins with eos and <unk>.
UNK, BOS, EOS, PAD = 0, 1, 2, 3


def marian_model(setting):
    """The network without weights; a rate that our settings leave out is 0."""
    rows = setting["vocabularySize"]["target"] - 1
    config = MarianConfig(
        vocab_size=rows,
        d_model=setting["hiddenSize"],
        encoder_layers=setting["encoderLayers"],
        decoder_layers=setting["decoderLayers"],
        encoder_attention_heads=setting["heads"],
        decoder_attention_heads=setting["heads"],
        encoder_ffn_dim=setting["feedForwardSize"],
        decoder_ffn_dim=setting["feedForwardSize"],
        activation_function=setting["activation"],
        dropout=setting["dropout"],
        attention_dropout=setting.get("attentionDropout", 0),
        activation_dropout=setting.get("activationDropout", 0),
        encoder_layerdrop=0,
        decoder_layerdrop=0,
        max_position_embeddings=512,
        scale_embedding=True,
        static_position_embeddings=True,
        share_encoder_decoder_embeddings=True,
        tie_word_embeddings=True,
        pad_token_id=rows - 1,
        eos_token_id=0,
        bos_token_id=None,
        decoder_start_token_id=rows - 1,
        forced_eos_token_id=None,
    )
    return MarianMTModel(config)


def marian_ids(ids, model):
    """Our ids, a tensor, as Marian's; bos and padding are its last token."""
    last = torch.tensor(model.config.pad_token_id)
    special = torch.stack([torch.tensor(1), last, torch.tensor(0), last])
    return torch.where(ids > PAD, ids - 2, special[ids.clamp(max=PAD)])


def our_ids(ids):
    """Marian's ids of a list up to its eos, as ours and without it."""
    ids = ids[: ids.index(0)] if 0 in ids else ids
    return [UNK if token == 1 else token + 2 for token in ids]


def parameter_count(model):
    """Of what is stored: Hugging Face computes positions, and counts the output's bias, which it does not train, as no parameter."""
    positions = sum(each.numel() for name, each in model.named_parameters() if "embed_positions" in name)
    return sum(each.numel() for each in model.parameters()) - positions + model.final_logits_bias.numel()
