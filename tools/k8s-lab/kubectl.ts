/** Manifests on their way to the laboratory, by kubectl and its own kustomize, as a person would send them. */
import { run } from '../setup/command.ts';

const seconds = 300;
/** Fields that are not there are refused, and what the server warns of counts as an error. */
const strict = ['--server-side', '--validate=strict', '--warnings-as-errors'];

export class Kubectl {
  constructor(
    private readonly program: string,
    private readonly kubeconfig: string,
  ) {}

  /** A folder's kustomization as one YAML stream. @throws CommandFailed */
  render(folder: string): Promise<string> {
    return run(this.program, ['kustomize', folder], { seconds });
  }

  /** @throws CommandFailed with what the server said */
  apply(file: string, ...flags: readonly string[]): Promise<string> {
    return this.ask('apply', ...strict, ...flags, '-f', file);
  }

  /** Sends an overlay without leaving anything on the server. @throws CommandFailed */
  tryOverlay(folder: string): Promise<string> {
    return this.ask('apply', ...strict, '--dry-run=server', '-k', folder);
  }

  ask(...args: readonly string[]): Promise<string> {
    return run(this.program, ['--kubeconfig', this.kubeconfig, ...args], { seconds });
  }
}
