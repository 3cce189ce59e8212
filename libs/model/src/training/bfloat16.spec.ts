import { describeFlatMemory } from './flat-memory.fixture.ts';

describeFlatMemory(10_000, 'an LSTM');
describeFlatMemory(2_000, 'a Transformer');
