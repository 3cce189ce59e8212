/** Alerts about the programs themselves, as far as Prometheus reaches them. */
import { alert, type RuleGroup } from '../rule.ts';

export const programAlerts: RuleGroup = {
  name: 'honyaku-programs',
  rules: [
    alert({
      alert: 'HonyakuScrapeFailing',
      severity: 'warning',
      for: '5m',
      expr: 'up{job=~"honyaku-api|honyaku-worker"} == 0',
      summary: '{{ $labels.job }} at {{ $labels.instance }} cannot be scraped',
      description:
        'Prometheus knows the target and gets no metrics from it: the program is gone, hangs, or cannot be reached.',
    }),
    alert({
      alert: 'HonyakuGpuUnused',
      severity: 'warning',
      for: '5m',
      expr: 'count by (instance, gpu, driver) (honyaku_build_info{component="worker", device="cpu", gpu!=""}) > 0',
      summary: 'The worker at {{ $labels.instance }} leaves a {{ $labels.gpu }} unused',
      description:
        'The driver {{ $labels.driver }} shows a GPU, TensorFlow does not use it, and trials train on the CPU, many times slower. Its log has the reason.',
    }),
    alert({
      alert: 'HonyakuApiMissing',
      severity: 'critical',
      for: '10m',
      expr: 'absent(up{job="honyaku-api"})',
      summary: 'Prometheus knows no API',
      description:
        'There is no target of the job honyaku-api: nothing tells of sweeps and queues, and the other alerts are blind.',
    }),
    alert({
      alert: 'HonyakuApiErrors',
      severity: 'warning',
      for: '10m',
      expr: 'honyaku:http_request_errors:ratio_rate5m > 0.05',
      summary: '{{ $value | humanizePercentage }} of API requests fail',
      description: 'Requests end with a status of 500 or more, probes left out.',
    }),
  ],
};
