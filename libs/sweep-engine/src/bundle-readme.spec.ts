import { Hyperparameters } from '@honyaku/contracts';
import { exampleBundle } from '@honyaku/contracts/examples';
import { describe, expect, it } from 'vitest';
import { bundleReadme } from './bundle-readme.ts';

const id = 'few-0123456789abcdef';
const { files, ...bundle } = exampleBundle(id, 2);
const joint = { ...files, vocabulary: { ...files.model, key: 'vocab.json' } };

describe('the README of a best bundle', () => {
  it('loads the weights of a recurrent network into the PyTorch reference', () => {
    const readme = bundleReadme({ ...bundle, files });
    expect(readme).toContain('named as the PyTorch reference names them');
    expect(readme).toContain('load_state_dict');
    expect(readme).not.toContain('vocab.json');
  });

  it('tells the ids of a joint vocabulary, which the tokenizers alone do not give', () => {
    const readme = bundleReadme({ ...bundle, files: joint });
    expect(readme).toContain("a piece's is that of the file + 2");
    expect(readme).toContain('vocabulary[piece] + 2');
  });

  it('sends whoever has a Transformer to transformers, where rows are in the vocabulary’s order', () => {
    const hyperparameters = Hyperparameters.parse({ network: 'transformer' });
    const readme = bundleReadme({ ...bundle, hyperparameters, files: joint });
    expect(readme).toContain('MarianMTModel');
    expect(readme).toMatch(/rows of the weights\s+are in its order/);
    expect(readme).toContain(`honyaku best ${id} --format marian`);
    expect(readme).not.toMatch(/load_state_dict|PyTorch reference|\+ 2/);
  });
});
