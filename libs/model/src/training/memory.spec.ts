import { isNative } from '../kernels/choice.ts';
import { describeFlatMemory } from './flat-memory.fixture.ts';

// TensorFlow's kernels, the reference, take three times as long.
describeFlatMemory(isNative ? 10_000 : 3_000, 'an LSTM');
describeFlatMemory(2_000, 'a Transformer');
