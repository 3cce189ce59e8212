/** Rules as Prometheus reads them. */

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: Severity };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
}

/** `critical`: sweeps stand still or may lose work, somebody should come now. `warning`: within the day. */
export type Severity = 'critical' | 'warning';

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly (RecordingRule | AlertRule)[];
}

/** From the root of this repository: where you keep yours is not known here. */
const runbooks = 'docs/runbooks.md';

interface Alert {
  readonly alert: string;
  readonly severity: Severity;
  /** How long the expression has to hold. */
  readonly for: string;
  readonly expr: string;
  /** One line; may hold Prometheus's templates. */
  readonly summary: string;
  /** What it comes to for whoever reads it. */
  readonly description: string;
}

/** An alert that names the section of docs/runbooks.md with its name. */
export function alert({ alert, severity, for: lasting, expr, summary, description }: Alert): AlertRule {
  return {
    alert,
    expr,
    for: lasting,
    labels: { severity },
    annotations: { summary, description, runbook_url: `${runbooks}#${alert.toLowerCase()}` },
  };
}
