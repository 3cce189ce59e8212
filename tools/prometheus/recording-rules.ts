/** What dashboards and alerts ask for often, computed once. */
import { type RuleGroup } from './rule.ts';

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
