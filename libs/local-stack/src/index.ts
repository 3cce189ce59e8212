export { type BucketAddress, LocalStack, type StackOptions, connectionsOf } from './local-stack.ts';
export { type Place, Program, type ProgramSettings } from './program.ts';
export { SupervisedProgram } from './supervised-program.ts';
export { endOf, pretendedPairs, uploadPairs } from './sweeps.ts';
export { type SupervisionEvents } from './supervision.ts';
