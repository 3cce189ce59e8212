import { describeFlatMemory } from './flat-memory.fixture.ts';

describeFlatMemory(10_000);
