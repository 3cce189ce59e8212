/** Rules as Prometheus reads them, and those that it records. */

interface RecordingRule {
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
type Severity = 'critical' | 'warning';

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
  /** The consequences, for the person on call. */
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

/** Expressions that dashboards and alerts ask for often, computed once. */
export const recordingRules: RuleGroup = {
  name: 'honyaku-recording',
  rules: [
    {
      // 0 when there is none, which is what a fleet at rest is scaled to.
      record: 'honyaku:workers_up:sum',
      expr: 'sum(up{job="honyaku-worker"}) or vector(0)',
    },
    {
      record: 'honyaku:worker_target_tokens:rate5m',
      expr: 'sum(rate(honyaku_worker_target_tokens_total[5m])) or vector(0)',
    },
    {
      // Probes answer 503 while Redis or the bucket is away, which has alerts of its own.
      record: 'honyaku:http_request_errors:ratio_rate5m',
      expr: 'sum(rate(honyaku_http_request_duration_seconds_count{status=~"5..", route!~"/healthz|/readyz"}[5m])) / (sum(rate(honyaku_http_request_duration_seconds_count{route!~"/healthz|/readyz"}[5m])) > 0) or vector(0)',
    },
    {
      // NotFound and Conflict are answers that the code asks for.
      record: 'honyaku:object_store_request_errors:ratio_rate5m',
      expr: '(sum by (job) (rate(honyaku_object_store_request_duration_seconds_count{outcome=~"Unavailable|Corrupt"}[5m])) or 0 * sum by (job) (rate(honyaku_object_store_request_duration_seconds_count[5m]))) / (sum by (job) (rate(honyaku_object_store_request_duration_seconds_count[5m])) > 0)',
    },
  ],
};
